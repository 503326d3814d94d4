/** The thread in which a local model runs, so that computing vectors never holds up the event loop. */
import { parentPort, workerData } from 'node:worker_threads';

const { library, folder, name, dtype, pooling } = workerData;

async function load() {
  const { env, pipeline } = await import(library);
  if (folder !== undefined) {
    env.allowRemoteModels = false;
    env.localModelPath = folder;
  }
  return pipeline('feature-extraction', name, { dtype });
}

const model = load();
model.then(
  () => parentPort.postMessage({ ready: true }),
  (error) => {
    const missing = error?.code === 'ERR_MODULE_NOT_FOUND' || error?.code === 'MODULE_NOT_FOUND';
    parentPort.postMessage({ ready: false, missing, message: String(error?.message ?? error) });
  },
);

/** More tokens than the model reads would be cut off, and two texts that differ there would be one. */
function isTooLong(extractor, texts) {
  const longest = extractor.tokenizer?.model_max_length;
  if (!Number.isFinite(longest) || longest > 1e6) {
    return false;
  }
  return texts.some((text) => extractor.tokenizer(text, { truncation: false }).input_ids.dims.at(-1) > longest);
}

parentPort.on('message', async ({ id, texts }) => {
  try {
    const extractor = await model;
    if (isTooLong(extractor, texts)) {
      parentPort.postMessage({ id, fault: 'too-long' });
      return;
    }
    const tensor = await extractor(texts, { pooling, normalize: true });
    const data = Float32Array.from(tensor.data);
    parentPort.postMessage({ id, data }, [data.buffer]);
  } catch (error) {
    parentPort.postMessage({ id, fault: 'unavailable', message: String(error?.message ?? error) });
  }
});
