import type { UpstreamConfig, UpstreamsOptions } from '#llm';
import type { LarderConfig, Log, ServiceEnv } from '#service';

/** Where the models are: the YAML file's upstreams, else `LARDER_UPSTREAM_URL`, else the built-in demo model. */
export function upstreamsOptions(env: ServiceEnv, config: LarderConfig, logger: Log): UpstreamsOptions {
  const prices = config.models.map(({ id, inputPer1M = 0, outputPer1M = 0 }) => ({
    model: id,
    inputPer1M,
    outputPer1M,
  }));
  const upstreams = config.upstreams.length > 0 ? config.upstreams : fromEnvironment(env);
  return { upstreams, prices, demo: upstreams.length === 0, logger };
}

function fromEnvironment({ upstreamUrl, upstreamApiKey }: ServiceEnv): UpstreamConfig[] {
  if (upstreamUrl === undefined) return [];
  return [{ name: 'default', url: upstreamUrl, ...(upstreamApiKey && { apiKey: upstreamApiKey }) }];
}
