import { Fault, type SourceSession, type Verdict } from '@leat/connector-kit'
import type { ReadOptions } from '@leat/formats'
import type { LeasedUnit, Ports, SourceNode } from '../ports.ts'
import { Scratch } from '../scratch.ts'
import { Stopwatch } from '../stopwatch.ts'
import { startOf, toCheckpoint, type Position } from './position.ts'
import { StretchReader, type ReadStretch } from './stretch-reader.ts'
import type { Stretch, StretchLimits } from './stretch.ts'
import { TextFeed } from './text-feed.ts'
import type { FeedInput } from './text-events.ts'

/** Units of one run that one worker reads; each goes on from its checkpoint. */
export interface IngestJob {
  readonly source: SourceNode
  readonly runId: number
  readonly units: readonly LeasedUnit[]
}

const segmentLimits: StretchLimits = { bytes: 128 << 20, sampleBytes: 512 << 10, ms: 30_000 }
/** A stream hands over parts that are as long as their segments should be: what is there goes on at once. */
const streamLimits: StretchLimits = { bytes: 8 << 20, sampleBytes: 512 << 10, ms: 0 }
/** Whoever waits for the schema of a new source does not wait until a slow one has given a whole segment. */
const detectionMs = 2_000

/**
 * Reads units into segments: text is cut into stretches, each becomes one segment for each shape in it, and each commit holds segments,
 * quarantine and checkpoints together. Dying anywhere loses nothing: the next worker goes on from the last commit.
 */
export async function ingest(
  job: IngestJob,
  ports: Ports,
  signal: AbortSignal,
  limits: StretchLimits = job.source.mode === 'stream' ? streamLimits : segmentLimits,
): Promise<void> {
  await using connection = await job.source.connect(signal)
  if (connection.source === undefined)
    throw new Fault({
      kind: 'unsupported',
      code: 'source.not_readable',
      message: `"${job.source.type}" cannot be read from.`,
    })
  await using session = connection.source(job.source.options, job.source.mode)
  await using scratch = await Scratch.create(ports.scratch)
  await using compute = await ports.compute.session('parsing')
  const abort = (): void => compute.interrupt()
  signal.addEventListener('abort', abort)
  try {
    const nexsets = await ports.ledger.nexsetsOf(job.source.id)
    const reader = new StretchReader({ job, ports, scratch, compute, stopwatch: new Stopwatch(), nexsets, limits })
    const detected = nexsets.some((nexset) => nexset.schema !== null)
    const first = detected || limits.ms === undefined ? limits : { ...limits, ms: Math.min(limits.ms, detectionMs) }
    await readUnits(job, reader, session, ports, signal, first)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function readUnits(
  job: IngestJob,
  reader: StretchReader,
  session: SourceSession,
  ports: Ports,
  signal: AbortSignal,
  limits: StretchLimits,
): Promise<void> {
  const input: FeedInput = {
    units: job.units,
    session,
    options: job.source.options as ReadOptions,
    signal,
    together: reader.together.bind(reader),
    scratch: ports.scratch,
    counters: { bytesRead: 0 },
  }
  let feed = new TextFeed(input, startOf(0, job.units[0]?.checkpoint ?? null), limits)
  try {
    for (let stretch = await feed.next(); stretch !== null; stretch = await feed.next()) {
      const first: Stretch = stretch
      const start = { at: first.start, bytesRead: input.counters.bytesRead }
      const again = async (): Promise<Stretch> => {
        // The strict read failed somewhere in the stream: the same stretch again, from the source.
        await feed[Symbol.asyncDispose]()
        input.counters.bytesRead = start.bytesRead
        feed = new TextFeed(input, start.at, limits)
        const next = await feed.next()
        if (next === null) throw changed(first)
        return next
      }
      const read = await reader.read(first, again, signal)
      signal.throwIfAborted()
      await read.end.ended.verify()
      await commit(job, reader, read, start.at, input.counters.bytesRead, ports, session)
      input.counters.bytesRead = 0
    }
  } finally {
    await feed[Symbol.asyncDispose]()
  }
}

async function commit(
  job: IngestJob,
  reader: StretchReader,
  read: ReadStretch,
  start: Position,
  bytesRead: number,
  ports: Ports,
  session: SourceSession,
): Promise<void> {
  const progress = withVerdicts(progressBetween(job.units, start, read.end), job.units, read)
  const segments = read.outputs.map(({ segment }) => segment)
  const written = segments.reduce((sum, { rows }) => sum + rows, 0)
  const refused = read.quarantine?.records ?? 0
  await reader.stopwatch.time('commitMs', () =>
    ports.ledger.commitIngest({
      sourceId: job.source.id,
      runId: job.runId,
      outputs: read.outputs.map(({ nexset, segment }) => ({ nexset, segments: [segment] })),
      quarantine: read.quarantine === null ? [] : [read.quarantine],
      progress,
      metrics: {
        read: written + refused,
        written,
        filtered: 0,
        refused,
        bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
        bytesRead,
        ...reader.stopwatch.take(),
      },
      notices: [...read.end.ended.notices, ...read.notices],
    }),
  )
  await reader.committed(read)
  for (const { unitId, done, checkpoint } of progress) {
    const leased = job.units.find((unit) => unit.id === unitId)!
    const reached = checkpoint?.source ?? null
    if (done || reached !== null) await session.acknowledge?.(leased.unit, reached)
  }
}

/** What a source says about a unit comes with its last object. */
function withVerdicts<Progress extends { readonly unitId: number; readonly done: boolean }>(
  progress: readonly Progress[],
  units: readonly LeasedUnit[],
  read: ReadStretch,
): (Progress & { verdict?: Verdict })[] {
  const verdicts = new Map(units.map(({ id }, index) => [id, read.end.ended.verdict(index)]))
  return progress.map((unit) => {
    const verdict = unit.done ? verdicts.get(unit.unitId) : undefined
    return verdict === undefined ? unit : { ...unit, verdict }
  })
}

/**
 * Units that the stretch finished, and the one that it left in the middle. A finished unit keeps the checkpoint of its last part: a unit without a
 * version is read again from there in the next run.
 */
function progressBetween(
  units: readonly LeasedUnit[],
  start: Position,
  { next, ended }: Pick<ReadStretch['end'], 'next' | 'ended'>,
): {
  unitId: number
  epoch: number
  checkpoint: ReturnType<typeof toCheckpoint> | null
  done: boolean
}[] {
  const progress = []
  for (let index = start.unitIndex; index < Math.min(next.unitIndex, units.length); index++) {
    const { id, epoch, checkpoint: leased } = units[index]!
    const begun = index === start.unitIndex ? start.source : startOf(index, leased).source
    const source = ended.checkpoint(index) ?? begun
    const checkpoint = source === null ? null : toCheckpoint({ ...startOf(index, null), source })
    progress.push({ unitId: id, epoch, checkpoint, done: true })
  }
  const open = units[next.unitIndex]
  const begun = next.source !== null || next.object > 0 || next.entry > 0 || next.offset > 0
  if (open !== undefined && begun)
    progress.push({ unitId: open.id, epoch: open.epoch, checkpoint: toCheckpoint(next), done: false })
  return progress
}

function changed(stretch: Stretch): Fault {
  return new Fault({
    kind: 'transient',
    code: 'source.object_changed',
    message: `The data of unit ${stretch.start.unitIndex} changed while it was read. It is read again as a new version.`,
  })
}
