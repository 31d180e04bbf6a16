import type { NewQuarantine } from '@leat/engine'
import { type NodeRef, writeFlowLog } from './flow-log.ts'
import { query, type Sql } from './sql.ts'

/** Indexes files of refused records and tells people about them. Part of the caller's transaction. */
export async function addQuarantine(
  on: Sql,
  node: NodeRef,
  orgId: number,
  runId: number,
  files: readonly NewQuarantine[],
): Promise<void> {
  for (const file of files) {
    await query(
      on,
      `insert into quarantine (org_id, node_kind, node_id, run_id, store_key, records, bytes, codes)
       values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)`,
      [orgId, node.kind, node.id, runId, file.key, file.records, file.bytes, JSON.stringify(file.codes)],
    )
    const reasons = file.codes.map(({ code, count, example }) => `${count} × ${code} (${example})`).join('; ')
    await writeFlowLog(on, node, runId, 'WARNING', [`${file.records} records went to quarantine: ${reasons}`])
  }
}
