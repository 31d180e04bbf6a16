import type { RunDetail } from '@leat/contract'
import { sql } from 'kysely'
import { requireRole } from '../access/guard.ts'
import { mayOn, resourceRows, rolesOn } from '../access/roles.ts'
import { audit } from '../audit/record.ts'
import type { SomeHandlers } from '../http/call.ts'
import { offsetOf, setPageHeaders } from '../http/paging.ts'
import { ApiProblem, notFound } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import { findRun, findRuns } from './present-run.ts'

export function runHandlers(
  platform: Platform,
): SomeHandlers<'list_runs' | 'get_run' | 'run_source' | 'list_source_runs'> {
  const { db } = platform
  return {
    async list_runs({ query }, call) {
      const where = sql`r.data_source_id in (select r.id from ${resourceRows('data_sources')} r where ${mayOn(call.caller, 'data_sources', 'collaborator')})
        ${query.status === undefined ? sql`` : sql`and r.status = ${query.status}`}
        ${query.data_source_id === undefined ? sql`` : sql`and r.data_source_id = ${query.data_source_id}`}`
      const { total, runs } = await findRuns(db, where, query.per_page, offsetOf(query))
      setPageHeaders(call, query, total)
      return runs
    },

    async get_run({ params }, call) {
      const run = await findRun(db, params.id)
      const role = run && (await rolesOn(db, call.caller, 'data_sources', [run.data_source_id])).get(run.data_source_id)
      if (!run || !role) throw notFound('runs', params.id)
      return run
    },

    async list_source_runs({ params, query }, call) {
      const { total, runs } = await findRuns(db, sql`r.data_source_id = ${params.id}`, query.per_page, offsetOf(query))
      setPageHeaders(call, query, total)
      return runs
    },

    async run_source({ params }, call): Promise<RunDetail> {
      await requireRole(db, call.caller, 'data_sources', params.id, 'operator')
      const source = await db
        .selectFrom('data_source')
        .select(['status', 'name', 'owner_id'])
        .where('id', '=', params.id)
        .executeTakeFirstOrThrow()
      if (source.status !== 'ACTIVE')
        throw new ApiProblem(
          'conflict',
          `Source ${params.id} "${source.name}" is ${source.status}. Activate it first: PUT /data_sources/${params.id}/activate.`,
          { resource: { type: 'data_sources', id: params.id } },
        )
      const runId = await platform.runs.startRun(params.id, 'manual')
      await audit(db, call, {
        kind: 'data_sources',
        id: params.id,
        event: 'run',
        ownerId: source.owner_id,
        after: { run_id: runId },
      })
      const run = await findRun(db, runId)
      if (!run) throw notFound('runs', runId)
      return run
    },
  }
}
