import { describe, expect, it } from '@jest/globals';
import { capacity, type Dtype } from './capacity.js';

const field = { entries: 100_000, dimensions: 1_536, responseBytes: 2_048, metadataBytes: 512, replicas: 1 } as const;
const of = (dtype: Dtype, more: object = {}) => capacity({ ...field, dtype, ...more });

describe('the capacity planner', () => {
  it("has the field's example to the byte", () => {
    expect(of('float32')).toMatchObject({ payloadBytes: 870_400_000, payloadKiB: 850_000 });
    expect(of('float16').payloadBytes).toBe(563_200_000);
    expect(of('int8').payloadBytes).toBe(409_600_000);
  });

  it('never takes less than what is stored', () => {
    for (const dtype of ['float32', 'float16', 'int8'] as const) {
      expect(of(dtype).redisBytes).toBeGreaterThan(of(dtype).payloadBytes);
    }
  });

  it('counts an index for each replica, and one Redis', () => {
    const [one, three] = [of('int8'), of('int8', { replicas: 3 })];
    expect(three.indexBytesOfAllReplicas).toBe(3 * one.indexBytes);
    expect(three.totalBytes).toBe(one.redisBytes + 3 * one.indexBytes);
  });
});
