import { DemoModel } from './demo-model.js';
import { HttpUpstream } from './http-upstream.js';
import type { UpstreamsOptions } from './upstream-config.js';
import { toTargets, UpstreamConfigError } from './upstream-target.js';
import { Upstreams } from './upstreams.js';

/** Throws UpstreamConfigError with every fault of the configuration, by name and never by value. */
export function createUpstreams({ upstreams, prices = [], demo, logger }: UpstreamsOptions): Upstreams {
  const targets = toTargets(upstreams);
  if (targets.length > 0) {
    return new Upstreams({
      upstreams: targets.map((target) => new HttpUpstream(target, logger)),
      prices,
      isDemo: false,
    });
  }
  if (!demo) throw new UpstreamConfigError(['no upstream is configured']);
  return new Upstreams({ upstreams: [new DemoModel()], prices, isDemo: true });
}
