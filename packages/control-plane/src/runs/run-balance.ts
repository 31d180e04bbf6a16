import type { RunBalance } from '@leat/contract'
import { type NodeRef, writeFlowLog } from '../ledger/flow-log.ts'
import { queryOne, type Sql } from '../ledger/sql.ts'

/** Sums of one node in one run, of both books. */
export interface BalanceSums {
  readonly read: number
  readonly written: number
  readonly filtered: number
  readonly refused: number
  readonly expanded: number
  readonly taken: number
  readonly kept: number
  readonly held: number
  readonly unbalanced: number
}

/** The index's figures, where it has any; those of the workers must be the same. */
export function balanceOf(sums: BalanceSums | undefined): RunBalance {
  if (sums === undefined)
    return {
      balanced: true,
      records_in: 0,
      records_expanded: 0,
      records_out: 0,
      records_filtered: 0,
      records_quarantined: 0,
      difference: 0,
      unbalanced_commits: 0,
    }
  const { read, written, refused, filtered, expanded, taken, kept, held, unbalanced } = sums
  const difference = taken + expanded - kept - filtered - held
  return {
    balanced: difference === 0 && read === taken && written === kept && refused === held && unbalanced === 0,
    records_in: taken,
    records_expanded: expanded,
    records_out: kept,
    records_filtered: filtered,
    records_quarantined: held,
    difference,
    unbalanced_commits: unbalanced,
  }
}

/** Says in the flow's log what came of the records of a source's run that ends. An error when they do not add up. */
export async function checkRun(on: Sql, node: NodeRef, runId: number): Promise<void> {
  const sums = await queryOne<BalanceSums>(
    on,
    `select sum(read)::bigint as read, sum(written)::bigint as written, sum(filtered)::bigint as filtered, sum(refused)::bigint as refused,
       sum(expanded)::bigint as expanded, sum(taken)::bigint as taken, sum(kept)::bigint as kept, sum(held)::bigint as held,
       sum(unbalanced)::bigint as unbalanced
     from metric where node_kind = $1 and node_id = $2 and run_id = $3 having count(*) > 0`,
    [node.kind, node.id, runId],
  )
  if (!sums) return
  const balance = balanceOf(sums)
  const { records_in, records_out, records_filtered, records_quarantined, difference } = balance
  const figures = `${records_in} records read = ${records_out} written + ${records_filtered} filtered + ${records_quarantined} in quarantine`
  if (balance.balanced) return writeFlowLog(on, node, runId, 'INFO', [`Run balances: ${figures}.`])
  const gap =
    difference === 0
      ? `the sums add up, but those of ${balance.unbalanced_commits} commits do not`
      : `${Math.abs(difference)} ${difference > 0 ? 'are missing' : 'are too many'}`
  await writeFlowLog(on, node, runId, 'ERROR', [
    `Run does not balance: ${figures.replace('=', 'against')}: ${gap}. Please report this with the run id ${runId}.`,
  ])
}
