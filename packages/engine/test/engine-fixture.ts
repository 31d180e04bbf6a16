import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chaos } from '@leat/connector-chaos'
import { FolderSpace, visibleFiles, type DestinationState } from '@leat/connector-memory'
import type { JsonObject, Unit } from '@leat/connector-kit'
import {
  DataReader,
  deliver,
  derive,
  ingest,
  listUnits,
  openDuckDb,
  openSegmentStore,
  type Compute,
  type LeasedUnit,
  type Ports,
  type QuarantinedRecord,
  type SegmentStore,
  type SinkNode,
  type SourceNode,
} from '../src/index.ts'
import { FileLedger, type LedgerDeath } from './file-ledger.ts'

export const never = new AbortController().signal

/** The stretches of a run; small ones make a small file many segments. */
export type Limits = NonNullable<Parameters<typeof ingest>[3]>

export interface RunSettings {
  readonly options?: JsonObject
  readonly limits?: Limits
  readonly signal?: AbortSignal
}

/**
 * A flow in a folder: a space with source and destination, segments, and a ledger in a file. Another process that opens the same folder
 * goes on where this one is.
 */
export class EngineFlow implements AsyncDisposable {
  readonly folder: string
  readonly space: FolderSpace
  readonly ledger: FileLedger
  readonly store: SegmentStore
  readonly compute: Compute
  readonly ports: Ports
  readonly #failures: readonly JsonObject[]

  private constructor(
    folder: string,
    store: SegmentStore,
    compute: Compute,
    ledger: FileLedger,
    failures: readonly JsonObject[],
  ) {
    this.folder = folder
    this.space = new FolderSpace(join(folder, 'space'))
    this.store = store
    this.compute = compute
    this.ledger = ledger
    this.#failures = failures
    const scratch = join(folder, 'scratch')
    this.ports = { compute, ledger, segments: store, scratch, log: () => undefined }
  }

  static async create(failures: readonly JsonObject[] = []): Promise<EngineFlow> {
    return EngineFlow.open(await mkdtemp(join(tmpdir(), 'leat-engine-')), failures)
  }

  static async open(
    folder: string,
    failures: readonly JsonObject[] = [],
    death: LedgerDeath | null = null,
  ): Promise<EngineFlow> {
    const [scratch, url] = [join(folder, 'scratch'), join(folder, 'store')]
    await mkdir(scratch, { recursive: true })
    const store = await openSegmentStore({ url, cache: url, env: {} })
    const compute = await openDuckDb({ threads: 2, parsingThreads: 1, memoryMb: 256, scratch, folders: [url] })
    return new EngineFlow(folder, store, compute, new FileLedger(join(folder, 'ledger.json'), death), failures)
  }

  /** The same folder, after another process worked in it. Disposes of this one. */
  async reopened(): Promise<EngineFlow> {
    await this.compute[Symbol.asyncDispose]()
    return EngineFlow.open(this.folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compute[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }

  put(name: string, body: string | Uint8Array): Promise<void> {
    return this.space.put(`in/${name}`, body)
  }

  source(options: JsonObject = {}): SourceNode {
    return { id: 1, name: 'orders', type: 'chaos', options: { path: 'in', ...options }, connect: this.#connect }
  }

  sink(nexsetId: number, options: JsonObject = {}): SinkNode {
    return { id: 7, name: 'out', type: 'chaos', nexsetId, options: { path: 'out', ...options }, connect: this.#connect }
  }

  readonly #connect = async (signal: AbortSignal) => {
    const driver = await chaos.load()
    const credentials = { folder: join(this.folder, 'space'), failures: this.#failures.map(withDefaults) }
    return driver.connect(credentials, { allowedFolders: [], signal })
  }

  /** Everything that the source has now, leased. What was read to its end is not listed again; the rest has its checkpoint. */
  async lease(options: JsonObject = {}): Promise<readonly LeasedUnit[]> {
    const listed: Unit[] = []
    for await (const unit of listUnits(this.source(options), this.ports, null, never)) listed.push(unit)
    return listed.flatMap((unit) => {
      const id = idOf(unit)
      const stored = this.ledger.checkpoints.get(id)
      if (stored?.done === true) return []
      return [{ id, epoch: 1, unit, checkpoint: stored?.checkpoint ?? null }]
    })
  }

  /** One run of the source with one job. */
  async run(settings: RunSettings = {}): Promise<void> {
    const { options = {}, limits, signal = never } = settings
    const units = await this.lease(options)
    await ingest({ source: this.source(options), runId: 1, units }, this.ports, signal, limits)
  }

  async derive(parentId: number, transform: JsonObject | null): Promise<number> {
    const id = this.ledger.addNexset('child')
    await derive({ id, name: 'child', parentId, transform }, this.ports, never)
    return id
  }

  async deliver(nexsetId: number, options: JsonObject = {}): Promise<void> {
    await deliver(this.sink(nexsetId, options), this.ports, never)
  }

  nexset(id?: number) {
    const nexset = id === undefined ? [...this.ledger.nexsets.values()][0] : this.ledger.nexsets.get(id)
    if (nexset === undefined) throw new Error('no such nexset')
    return nexset
  }

  /** Records of a nexset with where they came from, in order. */
  async records(id?: number): Promise<{ record: Record<string, unknown>; origin: string; ordinal: number }[]> {
    const { head, segments } = this.nexset(id)
    const reader = new DataReader(this.compute, this.store)
    const records = []
    for (const segment of segments) {
      const readable = { id: head.id, schema: head.schema!, segments: [segment] }
      for (const { record, origin, ordinal } of await reader.samples(readable, segment.rows))
        records.push({ record, origin, ordinal })
    }
    return records
  }

  async refused(): Promise<QuarantinedRecord[]> {
    const reader = new DataReader(this.compute, this.store)
    const pages = await Promise.all(
      this.ledger.quarantine.map(({ key }) => reader.quarantine(key, { limit: 100_000, offset: 0 })),
    )
    return pages.flat().toSorted((a, b) => a.origin.localeCompare(b.origin) || a.ordinal - b.ordinal)
  }

  /** Sums of what all commits counted. */
  counts(): { read: number; written: number; filtered: number; refused: number } {
    const counts = { read: 0, written: 0, filtered: 0, refused: 0 }
    for (const metrics of this.ledger.metrics) {
      counts.read += metrics.read
      counts.written += metrics.written
      counts.filtered += metrics.filtered
      counts.refused += metrics.refused
    }
    return counts
  }

  /** What an independent reader of the destination sees: name -> bytes. */
  delivered(): Promise<Map<string, Uint8Array>> {
    return visibleFiles(this.space, 'out')
  }

  /** The JSON lines in the destination, by name of file. */
  async deliveredRecords(): Promise<Record<string, unknown>[]> {
    const files = [...(await this.delivered())].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return files.flatMap(([, bytes]) => parseLines(Buffer.from(bytes).toString()))
  }

  /** What is in the destination and not visible. */
  async leftovers(): Promise<{ staged: DestinationState['staged']; blobs: number }> {
    const { staged, files } = await this.space.state()
    const blobs = await this.space.blobs('sink-7')
    return { staged, blobs: blobs.filter((key) => !Object.values(files).includes(key)).length }
  }
}

/** The same object in the same version is the same unit. */
function idOf(unit: Unit): number {
  const digest = createHash('sha1').update(`${unit.key}\n${unit.version}`).digest('hex')
  return Number.parseInt(digest.slice(0, 12), 16)
}

function withDefaults(failure: JsonObject): JsonObject {
  return { nth: 1, times: 1, kind: 'transient', code: 'chaos.planned', ...failure }
}

export function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** JSON lines with ids from `first`. */
export function orders(first: number, count: number): string {
  return Array.from(
    { length: count },
    (_, index) =>
      `${JSON.stringify({ id: first + index, name: `order ${first + index}`, items: [{ sku: 'a', qty: 2 }] })}\n`,
  ).join('')
}

export function ids(records: readonly Record<string, unknown>[]): number[] {
  return records.map((record) => Number(record['id']))
}

export const upTo = (count: number, first = 0): number[] => Array.from({ length: count }, (_, index) => first + index)
