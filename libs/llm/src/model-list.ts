import { isGlob } from './model-glob.js';
import type { ModelCard } from './openai-wire.js';
import type { Upstream } from './upstream.js';

const keptMs = 60_000;

/** The models of all upstreams as one list, asked for at most once a minute; an upstream that is down keeps its last list. */
export class ModelList {
  private readonly lastOf = new Map<Upstream, ModelCard[]>();
  private kept: { readonly until: number; readonly cards: Promise<ModelCard[]> } | undefined;

  constructor(private readonly upstreams: readonly Upstream[]) {}

  async read(signal: AbortSignal, authorization?: string): Promise<ModelCard[]> {
    signal.throwIfAborted();
    // With its own key each client may see other models: nothing is kept then.
    if (authorization !== undefined) return this.merge((upstream) => upstream.listModels(signal, authorization));
    if (!this.kept || this.kept.until < performance.now()) this.kept = this.refresh();
    return this.kept.cards;
  }

  /** Shared by all callers, so none of their signals may end it. */
  private refresh(): { until: number; cards: Promise<ModelCard[]> } {
    const never = new AbortController().signal;
    const cards = this.merge((upstream) => this.ask(upstream, never));
    const refreshed = { until: performance.now() + keptMs, cards };
    cards.catch(() => {
      if (this.kept === refreshed) this.kept = undefined;
    });
    return refreshed;
  }

  private async ask(upstream: Upstream, signal: AbortSignal): Promise<ModelCard[]> {
    try {
      const cards = await upstream.listModels(signal);
      this.lastOf.set(upstream, cards);
      return cards;
    } catch (error) {
      const known = this.lastOf.get(upstream) ?? configuredCards(upstream);
      if (!known) throw error;
      return known;
    }
  }

  /** Fails only when every upstream does. The upstream asked first for a model also describes it. */
  private async merge(ask: (upstream: Upstream) => Promise<ModelCard[]>): Promise<ModelCard[]> {
    const lists = await Promise.allSettled(this.upstreams.map(ask));
    const answered = lists.filter((list) => list.status === 'fulfilled');
    if (answered.length === 0) throw lists.find((list) => list.status === 'rejected')?.reason;
    const byId = new Map<string, ModelCard>();
    for (const card of answered.flatMap(({ value }) => value)) if (!byId.has(card.id)) byId.set(card.id, card);
    return [...byId.values()];
  }
}

/** Models that the configuration names outright are known even when upstream cannot be asked. */
function configuredCards(upstream: Upstream): ModelCard[] | undefined {
  const names = upstream.models?.filter((pattern) => !isGlob(pattern)) ?? [];
  if (names.length === 0) return undefined;
  return names.map((id) => ({ id, object: 'model', created: 0, owned_by: upstream.name }));
}
