import { type JsonObject, secretValues, toFault } from '@leat/connector-kit'
import { sql } from 'kysely'
import { type Call, Reply, type SomeHandlers } from '../http/call.ts'
import { ApiProblem, notFound, problemBody, toProblem } from '../http/problem.ts'
import { callersLookups } from '../lookups/lookup-reader.ts'
import type { Platform } from '../platform.ts'
import { credentialPurpose } from '../auth/vault.ts'
import { attempt, type OpenTarget } from './attempt.ts'
import type { ProbeTarget } from './connection-tester.ts'
import { sharedState } from './shared-state.ts'

type Operations =
  'probe_credential' | 'probe_credential_authenticate' | 'probe_credential_tree' | 'probe_credential_sample'

/** Longest that a probe may take; a client that waits gives up after 10 s and should get the reason before. */
const patienceMs = 9_000
const asyncPatienceMs = 120_000
/** Finished asynchronous probes are kept this long for whoever asks. */
const keptMs = 15 * 60_000

export function probeHandlers(platform: Platform): SomeHandlers<Operations> {
  /** Runs a probe within the request, or in the background with `async`; `request_id` asks for one of these. */
  const probe = async <T>(
    call: Call,
    id: number,
    query: ProbeQuery,
    work: (target: ProbeTarget) => Promise<T>,
  ): Promise<T | Reply> => {
    if (query.request_id !== undefined) return new Reply(await taskOf(platform, call, id, query.request_id))
    const target = await openTarget(platform, call, id)
    if (!query.async) return attempt(target, AbortSignal.any([call.signal, AbortSignal.timeout(patienceMs)]), work)
    return new Reply(
      await startTask(platform, call, id, () => attempt(target, AbortSignal.timeout(asyncPatienceMs), work)),
    )
  }

  const check = ({ params, query }: { params: { id: number }; query: ProbeQuery }, call: Call) =>
    probe(call, params.id, query, async (target) => {
      try {
        await platform.tester.check(target)
      } catch (thrown) {
        await verified(platform, params.id, thrown)
        throw thrown
      }
      await verified(platform, params.id, null)
      return { status: 'ok', message: 'The credential works.', connection_type: target.type, output: { status: 'ok' } }
    })

  return {
    probe_credential: check,
    probe_credential_authenticate: check,

    probe_credential_tree: ({ params, body, query }, call) =>
      probe(call, params.id, query, async (target) => {
        const { depth, path, database, table } = body
        const tree = { ...(await platform.tester.tree(target, { depth, ...defined({ path, database, table }) })) }
        return { status: 'ok', message: 'Ok', connection_type: target.type, object: tree, output: tree }
      }),

    probe_credential_sample: ({ params, body, query }, call) =>
      probe(call, params.id, query, async (target) => {
        const { contentType, response } = await platform.tester.sample(target, body as JsonObject)
        return {
          status: 'ok',
          message: 'Ok',
          connection_type: target.type,
          output: { contentType, statusCode: 200, response },
        }
      }),
  }
}

interface ProbeQuery {
  readonly async?: boolean | undefined
  readonly request_id?: number | undefined
}

async function openTarget(platform: Platform, call: Call, id: number): Promise<OpenTarget> {
  const row = await platform.db
    .selectFrom('data_credential')
    .select(['credentials_type', 'sealed'])
    .where('id', '=', id)
    .where('org_id', '=', call.caller.orgId)
    .executeTakeFirst()
  if (!row) throw notFound('data_credentials', id)
  const credentials = row.sealed ? platform.vault.open(credentialPurpose, row.sealed) : {}
  const schema = platform.registry.get(row.credentials_type)?.credentials
  return {
    type: row.credentials_type,
    credentials,
    secrets: schema ? secretValues(schema, credentials) : [],
    shared: sharedState(platform.db, platform.vault, id),
    lookup: callersLookups(platform.db, call.caller),
  }
}

async function verified(platform: Platform, id: number, thrown: unknown): Promise<void> {
  const kind = thrown === null ? null : toFault(thrown).kind
  // Only an answer of the system says something about the credential.
  if (kind !== null && kind !== 'auth' && kind !== 'config' && kind !== 'not_found') return
  await platform.db
    .updateTable('data_credential')
    .set({ verified_status: kind === null ? 'VERIFIED' : 'FAILED', verified_at: new Date() })
    .where('id', '=', id)
    .execute()
}

function defined<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

// ------------------------------------------------------------------------------------------------- asynchronous probes

const taskPurpose = 'probe_task'

async function startTask(
  { db, vault, log }: Platform,
  call: Call,
  credentialId: number,
  work: () => Promise<unknown>,
): Promise<Record<string, unknown>> {
  await db
    .deleteFrom('probe_task')
    .where('created_at', '<', sql<string>`now() - ${keptMs}::double precision * interval '1 millisecond'`)
    .execute()
  const { id, created_at } = await db
    .insertInto('probe_task')
    .values({ user_id: call.caller.userId, data_credential_id: credentialId })
    .returning(['id', 'created_at'])
    .executeTakeFirstOrThrow()
  const end = async (rest: JsonObject): Promise<void> => {
    const sealed = vault.seal(taskPurpose, { ...rest })
    await db.updateTable('probe_task').set({ sealed }).where('id', '=', id).execute()
  }
  void work()
    .then(
      (result) =>
        end({ status: 'completed', result: result as JsonObject, request_completed_at: new Date().toISOString() }),
      (thrown: unknown) =>
        end(failed(problemBody(toProblem(thrown, 'probe'), call.request.id) as unknown as JsonObject)),
    )
    .catch((error: unknown) => log('warn', 'probe result not kept', { error: String(error) }))
  return running(id, created_at)
}

function running(id: number, at: string): Record<string, unknown> {
  return {
    request_id: id,
    status: 'running',
    request_started_at: at,
    progress: 0,
    result: null,
    request_stopped_at: null,
    request_completed_at: null,
  }
}

function failed(result: JsonObject): JsonObject {
  return { status: 'failed', result, request_stopped_at: new Date().toISOString() }
}

/** Whichever server ran it. */
async function taskOf(
  { db, vault }: Platform,
  call: Call,
  credentialId: number,
  requestId: number,
): Promise<Record<string, unknown>> {
  const task = await db
    .selectFrom('probe_task')
    .select(['id', 'sealed', 'created_at'])
    .where('id', '=', requestId)
    .where('user_id', '=', call.caller.userId)
    .where('data_credential_id', '=', credentialId)
    .executeTakeFirst()
  if (!task)
    throw new ApiProblem(
      'not_found',
      `There is no probe ${requestId} of credential ${credentialId}. Results are kept for 15 minutes; start it again.`,
    )
  const begun = running(task.id, task.created_at)
  if (task.sealed !== null) return { ...begun, progress: 100, ...vault.open(taskPurpose, task.sealed) }
  if (Date.now() - Date.parse(task.created_at) < asyncPatienceMs + 10_000) return begun
  const gone = new ApiProblem('unavailable', 'The server that ran this probe has ended. Start the probe again.')
  return { ...begun, progress: 100, ...failed(problemBody(gone, call.request.id) as unknown as JsonObject) }
}
