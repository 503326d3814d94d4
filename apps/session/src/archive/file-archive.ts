import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { newId } from '#service';
import { Archive, isAfter, lifeOf, type ArchivePlace, type ArchiveRecord } from './archive.js';

const namePattern = /^sessions-[0-9a-f]{32}\.jsonl$/;
const defaultMaxBytes = 64 * 1024 * 1024;

/**
 * An archive in JSON Lines: files named by the time of their beginning, a new one at each start and whenever one is full. A line
 * that was cut off by a crash is the last of its file, is no record, and was never acknowledged as written.
 */
export class FileArchive extends Archive {
  private file: FileHandle | undefined;
  private bytes = 0;

  constructor(
    private readonly folder: string,
    private readonly maxBytes = defaultMaxBytes,
  ) {
    super();
  }

  override async open(sinceMs: number): Promise<Map<string, ArchivePlace>> {
    await this.close();
    const places = new Map<string, ArchivePlace>();
    for (const name of await this.names()) {
      if ((await stat(this.path(name))).mtimeMs < sinceMs) continue;
      for await (const record of this.read(name)) {
        const life = lifeOf(record);
        if (isAfter(record, places.get(life))) places.set(life, { at: record.at, number: record.number });
      }
    }
    return places;
  }

  override async write(records: readonly ArchiveRecord[]): Promise<void> {
    if (records.length === 0) return;
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    this.file ??= await this.newFile();
    try {
      await this.file.appendFile(text);
      await this.file.datasync();
    } catch (error) {
      // Half a line may stand there: nothing is written behind it.
      await this.close();
      throw error;
    }
    this.bytes += Buffer.byteLength(text);
    if (this.bytes >= this.maxBytes) await this.close();
  }

  override async erase(tenant: string, userId: string): Promise<number> {
    await this.close();
    let erased = 0;
    for (const name of await this.names()) erased += await this.eraseFrom(name, tenant, userId);
    return erased;
  }

  override async *records(): AsyncGenerator<ArchiveRecord> {
    const seen = new Map<string, ArchivePlace>();
    for (const name of await this.names()) {
      for await (const record of this.read(name)) {
        const life = lifeOf(record);
        if (!isAfter(record, seen.get(life))) continue;
        seen.set(life, { at: record.at, number: record.number });
        yield record;
      }
    }
  }

  override async close(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    this.bytes = 0;
    await file?.close();
  }

  /** Files with nothing to erase stay as they are; the others are replaced as a whole, or not at all. */
  private async eraseFrom(name: string, tenant: string, userId: string): Promise<number> {
    const path = this.path(name);
    const target = `${path}.erasing`;
    const file = await open(target, 'w', 0o600);
    let erased = 0;
    let kept = 0;
    try {
      for await (const record of this.read(name)) {
        if (record.tenant === tenant && record.userId === userId) {
          erased += 1;
          continue;
        }
        kept += 1;
        await file.appendFile(`${JSON.stringify(record)}\n`);
      }
      await file.datasync();
    } finally {
      await file.close();
    }
    if (kept === 0) await Promise.all([unlink(path), unlink(target)]);
    else await rename(target, path);
    return erased;
  }

  private async newFile(): Promise<FileHandle> {
    await mkdir(this.folder, { recursive: true });
    return open(this.path(`sessions-${newId()}.jsonl`), 'ax', 0o600);
  }

  /** Oldest first. */
  private async names(): Promise<string[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names.filter((name) => namePattern.test(name)).sort();
  }

  private async *read(name: string): AsyncGenerator<ArchiveRecord> {
    const lines = createInterface({ input: createReadStream(this.path(name), 'utf8'), crlfDelay: Infinity });
    for await (const line of lines) {
      const record = parseLine(line);
      if (record) yield record;
    }
  }

  private path(name: string): string {
    return join(this.folder, name);
  }
}

function parseLine(line: string): ArchiveRecord | undefined {
  try {
    return JSON.parse(line) as ArchiveRecord;
  } catch {
    return undefined;
  }
}
