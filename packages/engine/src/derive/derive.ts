import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { Fault, type Schema } from '@leat/connector-kit'
import { quoteLiteral, schemaFromDescribe } from '@leat/formats'
import { compileTransform, explainBinderError, type CompiledTransform } from '@leat/transforms'
import type { ComputeSession } from '../compute.ts'
import { stepsAfter } from '../follow.ts'
import type { DerivedNode, NewQuarantine, NewSegment, Ports, SegmentRef, WorkMetrics } from '../ports.ts'
import { storeQuarantine } from '../quarantine.ts'
import { Scratch } from '../scratch.ts'
import { segmentCopyOptions } from '../segment-file.ts'
import { segmentsRelation } from '../segment-relation.ts'
import { Stopwatch } from '../stopwatch.ts'

/**
 * Follows the parent nexset until no segment is left: each step transforms some segments into one and commits it together with the
 * cursor, so every parent record goes through exactly once, whatever dies.
 */
export async function derive(node: DerivedNode, ports: Ports, signal: AbortSignal): Promise<void> {
  const { epoch, cursor } = await ports.ledger.claim({ kind: 'data_set', id: node.id })
  await using scratch = await Scratch.create(ports.scratch)
  await using compute = await ports.compute.session()
  const abort = (): void => compute.interrupt()
  signal.addEventListener('abort', abort)
  try {
    for await (const step of stepsAfter(ports.ledger, node.parentId, cursor, signal)) {
      const stopwatch = new Stopwatch()
      const parent = await ports.ledger.nexset(node.parentId)
      const work = { node, ports, scratch, compute, signal }
      const transform = () => transformStep(work, step, parent.schema ?? step[0]!.schema)
      const done = await ports.compute.alone(() => stopwatch.time('transformMs', transform), signal)
      await ports.ledger.commitDerive({
        nexsetId: node.id,
        epoch,
        upTo: step.at(-1)!.lastSeq,
        segments: done.segment === null ? [] : [done.segment],
        quarantine: done.quarantine === null ? [] : [done.quarantine],
        metrics: { ...done.counts, bytesRead: sum(step, (segment) => segment.bytes), ...stopwatch.take() },
        runId: step.at(-1)!.runId,
        notices: [],
      })
    }
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

interface Work {
  readonly node: DerivedNode
  readonly ports: Ports
  readonly scratch: Scratch
  readonly compute: ComputeSession
  readonly signal: AbortSignal
}

interface Transformed {
  readonly segment: NewSegment | null
  readonly quarantine: NewQuarantine | null
  readonly counts: Pick<WorkMetrics, 'read' | 'expanded' | 'written' | 'filtered' | 'refused' | 'bytes'>
}

async function transformStep(work: Work, step: readonly SegmentRef[], parentSchema: Schema): Promise<Transformed> {
  const { node, ports, scratch, compute } = work
  const transform = compileTransform(node.transform, parentSchema)
  const relation = await segmentsRelation(step, parentSchema, ports.segments, work.signal)
  const output = scratch.file('parquet')
  let rows: number
  let quarantine: NewQuarantine | null = null
  let schema: Schema
  try {
    schema = transform.schema ?? (await describe(compute, transform.select(relation)))
    rows = await compute.copy(`COPY (${transform.select(relation)}) TO ${quoteLiteral(output)} ${segmentCopyOptions}`)
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown
    const explained = explainBinderError(thrown, 'transform')
    if (explained !== null) throw explained
    if (work.signal.aborted) throw thrown
    if (transform.tolerantSelect === null) throw sqlFailed(node, thrown)
    const isolated = await isolate(work, transform.tolerantSelect, relation, step, output)
    rows = isolated.rows
    quarantine = isolated.quarantine
    schema = isolated.schema
  }
  const read = sum(step, (segment) => segment.rows)
  const refused = quarantine?.records ?? 0
  const entering =
    transform.unfilteredCount === undefined
      ? rows + refused
      : await count(compute, transform.unfilteredCount(relation, { tolerant: quarantine !== null }))
  // Not cut off at zero: more records than went in would be a mistake that the ledger must see.
  const filtered = entering - rows - refused
  const counts = { read, expanded: entering - read, written: rows, filtered, refused, bytes: 0 }
  if (rows === 0) return { segment: null, quarantine, counts }
  const key = `segments/nexset-${node.id}/${randomUUID()}.parquet`
  const { bytes } = await ports.segments.put(output, key)
  const origin = { origin: originOf(node, step), row: 0, rows, ordinal: 0 }
  return { segment: { key, rows, bytes, schema, origins: [origin] }, quarantine, counts: { ...counts, bytes } }
}

/** Some row made an expression fail: the others go on, these go to quarantine as they came from the parent, with the reason. */
async function isolate(
  work: Work,
  tolerant: NonNullable<CompiledTransform['tolerantSelect']>,
  relation: string,
  step: readonly SegmentRef[],
  output: string,
): Promise<{ rows: number; quarantine: NewQuarantine | null; schema: Schema }> {
  const { compute, scratch, ports, node } = work
  const all = scratch.file('parquet')
  const numbered = `(SELECT *, row_number() OVER () - 1 AS _leat_row, to_json(parent)::VARCHAR AS _leat_raw FROM ${relation} AS parent)`
  await compute.copy(
    `COPY (${tolerant(numbered, ['_leat_row', '_leat_raw'])}) TO ${quoteLiteral(all)} ${segmentCopyOptions}`,
  )
  const source = `read_parquet(${quoteLiteral(all)})`
  const good = `SELECT * EXCLUDE (_leat_row, _leat_raw, _leat_error) FROM ${source} WHERE _leat_error IS NULL`
  const schema = await describe(compute, good)
  const rows = await compute.copy(`COPY (${good}) TO ${quoteLiteral(output)} ${segmentCopyOptions}`)
  const refused = `(SELECT ${quoteLiteral(originOf(node, step))} AS origin, _leat_row AS ordinal, encode(_leat_raw) AS raw,
    'transform.expression_failed' AS code, _leat_error AS reason FROM ${source} WHERE _leat_error IS NOT NULL)`
  const prefix = `quarantine/nexset-${node.id}`
  const quarantine = await storeQuarantine([refused], { session: compute, scratch, segments: ports.segments, prefix })
  await rm(all, { force: true })
  return { rows, quarantine, schema }
}

function sqlFailed(node: DerivedNode, thrown: unknown): Fault {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new Fault({
    kind: 'data',
    code: 'transform.sql_failed',
    message: `The SQL of nexset ${node.id} ("${node.name}") fails on its data: ${message} Mend the SQL (TRY_CAST, TRY) and activate the nexset; nothing was skipped.`,
    cause: thrown,
  })
}

function originOf(node: DerivedNode, step: readonly SegmentRef[]): string {
  return `nexset_${node.parentId}#${step[0]!.seq}-${step.at(-1)!.lastSeq}`
}

async function count(compute: ComputeSession, select: string): Promise<number> {
  const [row] = await compute.rows(select)
  return Number(Object.values(row ?? {})[0] ?? 0)
}

async function describe(compute: ComputeSession, select: string): Promise<Schema> {
  return schemaFromDescribe(await compute.rows(`DESCRIBE ${select}`))
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
