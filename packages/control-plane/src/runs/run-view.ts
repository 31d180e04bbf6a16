import { query, queryOne, type Sql } from '../ledger/sql.ts'

/** What `GET /runs/{id}` shows besides the row. */
export interface RunProgress {
  readonly units_failed: number
  /** Every active follower, at any depth, has passed the last segment of the run. */
  readonly followers_caught_up: boolean
  /** Followers that are behind, with their last problem: why the flow is not finished. */
  readonly behind: readonly {
    readonly kind: 'data_set' | 'data_sink'
    readonly id: number
    readonly name: string
    readonly segments: number
    readonly problem: object | null
  }[]
}

/**
 * `behind` walks the flow down from the source: a follower is behind while its parent has segments up to this run's last that it has not passed.
 * A derived segment carries the newest run of what went into it, so below the first level the next later segment counts too: it may hold
 * rows of this run. Paused followers do not count, nor what is below them.
 */
export async function runProgress(on: Sql, runId: number): Promise<RunProgress> {
  const units = await queryOne<{ failed: number }>(
    on,
    `select count(*)::int as failed from unit where run_id = $1 and status = 'FAILED'`,
    [runId],
  )
  const behind = await query<RunProgress['behind'][number]>(
    on,
    `with recursive nexset(id, derived) as (
       select d.id, false from data_set d join run r on r.data_source_id = d.data_source_id where r.id = $1
       union all
       select c.id, true from nexset n join data_set c on c.parent_data_set_id = n.id where c.status = 'ACTIVE'
     ), follower as (
       select 'data_set' as kind, c.id, c.name, n.id as parent, n.derived, c.cursor_seq, c.problem
         from nexset n join data_set c on c.parent_data_set_id = n.id where c.status = 'ACTIVE'
       union all
       select 'data_sink', s.id, s.name, n.id, n.derived, s.cursor_seq, s.problem
         from nexset n join data_sink s on s.data_set_id = n.id where s.status = 'ACTIVE'
     )
     select f.kind, f.id, f.name, f.problem, count(*)::int as segments
     from follower f join segment g on g.data_set_id = f.parent and g.last_seq > f.cursor_seq
     where g.run_id <= $1
        or (f.derived and g.seq = (select min(l.seq) from segment l where l.data_set_id = f.parent and l.run_id > $1))
     group by 1, 2, 3, f.problem::text, f.problem order by 1, 2`,
    [runId],
  )
  return { units_failed: units?.failed ?? 0, followers_caught_up: behind.length === 0, behind }
}
