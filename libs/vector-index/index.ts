export {
  defineIndexSchema,
  type IndexSchema,
  type IndexSchemaDefinition,
  type VectorType,
} from './src/index-schema.js';
export {
  VectorIndexError,
  type IndexSnapshot,
  type IndexStatus,
  type VectorDocument,
  type VectorIndex,
  type VectorIndexFault,
  type VectorMatch,
  type VectorQuery,
} from './src/vector-index.js';
export { chooseEngine, readCapabilities, type EngineName } from './src/choose-engine.js';
export { openVectorIndex, type VectorIndexOptions } from './src/open-vector-index.js';
