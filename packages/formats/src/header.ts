import type { EncodePlan } from './api.ts'
import { quoteLiteral } from './sql.ts'

/** The lines before the records. `\\n` is a line end. */
export function headerLines({ header }: EncodePlan): readonly string[] {
  return header === undefined ? [] : header.replaceAll('\\n', '\n').split('\n')
}

/**
 * The plan with its header in the options of `COPY`, for files of this time: `{now}`, in ISO 8601 (UTC). DuckDB wants a suffix beside a prefix: the last
 * line end is taken for it.
 */
export function withHeader(plan: EncodePlan, time: Date): EncodePlan {
  if (plan.header === undefined) return plan
  const now = `${time.toISOString().slice(0, 19)}Z`
  const header = `${headerLines(plan).join('\n').replaceAll('{now}', now)}\n`
  const around = `PREFIX ${quoteLiteral(header)}, SUFFIX ${quoteLiteral('\n')}`
  return { ...plan, copyOptions: `${plan.copyOptions.slice(0, -1)}, ${around})` }
}
