import { z } from 'zod'
import { count, id, timestamp } from '../values.ts'
import { pageQuery, problemNote } from './common.ts'

/** Ours: one run of a source, with the sums of the source and of every node behind it. */

export const workSums = z.object({
  /** read = written + filtered + refused, unless a transform changes the number of records: see `balance`. */
  records_read: count,
  /** In new segments (source, nexset), delivered (sink). */
  records_written: count,
  records_filtered: count,
  /** Records in quarantine. */
  records_refused: count,
  bytes_read: count,
  bytes_written: count,
  /** Where the time went, in ms, summed over workers. */
  time: z.object({
    source_wait_ms: count,
    transform_ms: count,
    destination_wait_ms: count,
    commit_ms: count,
  }),
})

/**
 * Whether every record that went in came out, held against the index of segments and of quarantine, which is kept apart from the figures of
 * the workers: records_in + records_expanded = records_out + records_filtered + records_quarantined.
 */
export const runBalance = z.object({
  balanced: z.boolean(),
  records_in: count,
  /** Made by a flatten, a script or SQL out of those that went in; negative when they became fewer. */
  records_expanded: z.int(),
  records_out: count,
  records_filtered: z.int(),
  records_quarantined: count,
  /** Records that are missing; negative when there are too many. */
  difference: z.int(),
  /** Commits whose own figures did not add up, also where the sums do. The log of the flow has each of them. */
  unbalanced_commits: count,
})

export const runNode = workSums.extend({
  balance: runBalance,
  resource_type: z.enum(['data_sources', 'data_sets', 'data_sinks']),
  id: z.int(),
  name: z.string().nullish(),
  status: z.string().nullish(),
  /** True when the node is past everything that this run has written for it so far. Always true for the source when the run is over. */
  caught_up: z.boolean(),
  problem: problemNote.nullish(),
})

/** Whether a source that can know it gave everything: `complete`, `unknown` (nobody said how many there are) or `short`. */
export const runVerdict = z.object({
  outcome: z.enum(['complete', 'unknown', 'short']),
  received: count,
  /** What the remote side announced. */
  expected: count.optional(),
  reason: z.string(),
})

export const run = z.object({
  /** Epoch ms of creation, made unique: the `runId` of the public API. */
  id: z.int(),
  data_source_id: z.int(),
  source_name: z.string().nullish(),
  trigger: z.enum(['activate', 'schedule', 'manual', 'retry', 'upload', 'push']),
  status: z.enum(['QUEUED', 'RUNNING', 'DONE', 'FAILED', 'STOPPED']),
  /** Every unit of work is known, so that the totals are final. */
  listed: z.boolean(),
  units_total: count,
  units_done: count,
  bytes_total: count,
  bytes_done: count,
  attempt: z.int().positive(),
  next_retry_at: timestamp.nullish(),
  problem: problemNote.nullish(),
  /** Null while the run goes on, and for sources that list what they read. */
  verdict: runVerdict.nullish(),
  created_at: timestamp,
  started_at: timestamp.nullish(),
  finished_at: timestamp.nullish(),
  /** Sums of the source. */
  ...workSums.shape,
  /** True when the source and every node behind it balance. */
  balanced: z.boolean(),
  /** True when every active nexset and sink behind the source has passed what the run wrote. */
  followers_caught_up: z.boolean(),
})

export const runDetail = run.extend({ balance: runBalance, nodes: z.array(runNode) })

export const runListQuery = z.looseObject({
  ...pageQuery,
  status: z.enum(['QUEUED', 'RUNNING', 'DONE', 'FAILED', 'STOPPED']).optional(),
  data_source_id: id.optional(),
})

/** A form; each file part is kept under its file name. */
export const uploadForm = z.looseObject({ file: z.file() })

export const uploadResult = z.object({
  files: z.array(z.object({ name: z.string(), size: count })),
  /** The run that reads them; absent while the source is not active. */
  run: run.optional(),
})

export type WorkSums = z.output<typeof workSums>
export type RunBalance = z.output<typeof runBalance>
export type RunNode = z.output<typeof runNode>
export type Run = z.output<typeof run>
export type RunDetail = z.output<typeof runDetail>
export type UploadResult = z.output<typeof uploadResult>
