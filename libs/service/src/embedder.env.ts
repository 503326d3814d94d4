import { IsIn, IsInt, IsNumber, IsOptional, IsString, IsUrl, Matches, Max, MaxLength, Min } from 'class-validator';
import { From } from './env-variable.js';

export const embedderKinds = ['lexical', 'openai', 'local'] as const;
export type EmbedderKind = (typeof embedderKinds)[number];

export const vectorEngines = ['auto', 'embedded', 'redisearch'] as const;
export type VectorEngine = (typeof vectorEngines)[number];

const httpUrl = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };

/** How questions become vectors, and where these are searched. */
export class EmbedderEnv {
  /** What turns a question into a vector: its wording, a server, or a model in this process. */
  @From('LARDER_EMBEDDER')
  @IsIn(embedderKinds)
  embedder: EmbedderKind = 'lexical';

  /** Of `openai`; up to and including `/v1`. Absent: OpenAI itself. */
  @From('LARDER_EMBEDDER_URL')
  @IsOptional()
  @IsUrl(httpUrl)
  embedderUrl?: string;

  @From('LARDER_EMBEDDER_API_KEY')
  @IsOptional()
  @IsString()
  embedderApiKey?: string;

  /** Of `openai`: the model's name. Of `local`: a folder, or a name on the hub. */
  @From('LARDER_EMBEDDER_MODEL')
  @IsOptional()
  @IsString()
  embedderModel?: string;

  /** Asked of the server, where its model can shorten vectors. */
  @From('LARDER_EMBEDDER_DIMENSIONS', { numeric: true })
  @IsOptional()
  @Max(8_192)
  @Min(1)
  @IsInt()
  embedderDimensions?: number;

  /** Put before every text, where the model wants it (`query: `). */
  @From('LARDER_EMBEDDER_PREFIX', { trim: false })
  @IsOptional()
  @MaxLength(200)
  embedderPrefix?: string;

  /** Similarity from which two questions ask the same, where a cache says nothing else. */
  @From('LARDER_EMBEDDER_THRESHOLD', { numeric: true })
  @IsOptional()
  @Max(1)
  @Min(0)
  @IsNumber()
  embedderThreshold?: number;

  /** What the embedder costs, in dollars per million tokens; the statistics tell savings net of it. */
  @From('LARDER_EMBEDDER_PRICE', { numeric: true })
  @Max(1_000)
  @Min(0)
  @IsNumber()
  embedderPrice = 0;

  /** Of `local`: `fp32`, `q8`, …; as its library names them. */
  @From('LARDER_EMBEDDER_DTYPE')
  @IsOptional()
  @Matches(/^[a-z0-9]{1,16}$/)
  embedderDtype?: string;

  /** Of `local`: how a text's vector comes of its tokens'. */
  @From('LARDER_EMBEDDER_POOLING')
  @IsOptional()
  @IsIn(['mean', 'cls'])
  embedderPooling?: 'mean' | 'cls';

  /** Where vectors are searched: in Redis, in this process, or wherever the server allows. */
  @From('LARDER_VECTOR_ENGINE')
  @IsIn(vectorEngines)
  vectorEngine: VectorEngine = 'auto';

  /** How vectors are kept in Redis; `int8` takes a quarter of the room, and not every search module knows it. */
  @From('LARDER_VECTOR_TYPE')
  @IsIn(['float32', 'int8'])
  vectorType: 'float32' | 'int8' = 'float32';
}
