import { z } from 'zod'
import { count } from '../values.ts'

/** Ours: read-only SQL over nexsets, named `nexset_<id>`. */

export const sqlRequest = z.looseObject({
  query: z.string().min(1),
  limit: z.int().min(1).max(10_000).default(100),
})

export const sqlResult = z.object({
  columns: z.array(z.object({ name: z.string(), /** DuckDB type. */ type: z.string() })),
  /** One array per row, in the order of the columns; 64-bit integers, decimals and times as text. */
  rows: z.array(z.array(z.unknown())),
  row_count: count,
  /** True when `limit` cut the result. */
  truncated: z.boolean(),
})

export type SqlRequest = z.input<typeof sqlRequest>
export type SqlResult = z.output<typeof sqlResult>
