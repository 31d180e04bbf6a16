import type { EncodePlan } from './api.ts'
import { quoteLiteral } from './sql.ts'

/** The lines before the records in files of this time, each with its end. `{now}` is the time in ISO 8601 (UTC), `\\n` a line end. Null without any. */
export function headerOf(plan: EncodePlan, time: Date): string | null {
  if (plan.header === undefined) return null
  const now = `${time.toISOString().slice(0, 19)}Z`
  return `${plan.header.replaceAll('\\n', '\n').replaceAll('{now}', now)}\n`
}

/** The plan with its header in the options of `COPY`. DuckDB wants a suffix beside a prefix: the last line end is taken for it. */
export function withHeader(plan: EncodePlan, time: Date): EncodePlan {
  const header = headerOf(plan, time)
  if (header === null) return plan
  const around = `PREFIX ${quoteLiteral(header)}, SUFFIX ${quoteLiteral('\n')}`
  return { ...plan, copyOptions: `${plan.copyOptions.slice(0, -1)}, ${around})` }
}
