import { type JsonObject, secretValues, toFault } from '@leat/connector-kit'
import type { OperationId } from '@leat/contract'
import { type Call, Reply, type SomeHandlers } from '../http/call.ts'
import { ApiProblem, notFound, problemBody, toProblem } from '../http/problem.ts'
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
  const tasks = new Map<number, ProbeTask>()

  /** Runs a probe within the request, or in the background with `async`; `request_id` asks for one of these. */
  const probe = async <T>(
    call: Call,
    id: number,
    query: ProbeQuery,
    work: (target: ProbeTarget) => Promise<T>,
  ): Promise<T | Reply> => {
    if (query.request_id !== undefined) return new Reply(taskOf(tasks, call, id, query.request_id))
    const target = await openTarget(platform, call, id)
    if (!query.async) return attempt(target, AbortSignal.any([call.signal, AbortSignal.timeout(patienceMs)]), work)
    return new Reply(startTask(tasks, call, id, () => attempt(target, AbortSignal.timeout(asyncPatienceMs), work)))
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

interface ProbeTask {
  readonly userId: number
  readonly credentialId: number
  readonly operation: OperationId
  readonly answer: Record<string, unknown>
}

let lastRequestId = 0

function startTask(
  tasks: Map<number, ProbeTask>,
  call: Call,
  credentialId: number,
  work: () => Promise<unknown>,
): Record<string, unknown> {
  lastRequestId = Math.max(lastRequestId + 1, Date.now())
  const request_id = lastRequestId
  const answer: Record<string, unknown> = {
    request_id,
    status: 'running',
    request_started_at: new Date().toISOString(),
    progress: 0,
    result: null,
    request_stopped_at: null,
    request_completed_at: null,
  }
  tasks.set(request_id, { userId: call.caller.userId, credentialId, operation: call.operation, answer })
  void work()
    .then(
      (result) =>
        Object.assign(answer, {
          status: 'completed',
          progress: 100,
          result,
          request_completed_at: new Date().toISOString(),
        }),
      (thrown: unknown) =>
        Object.assign(answer, {
          status: 'failed',
          progress: 100,
          result: problemBody(toProblem(thrown, 'probe'), call.request.id),
          request_stopped_at: new Date().toISOString(),
        }),
    )
    .then(() => setTimeout(() => tasks.delete(request_id), keptMs).unref())
  return { ...answer }
}

function taskOf(
  tasks: ReadonlyMap<number, ProbeTask>,
  call: Call,
  credentialId: number,
  requestId: number,
): Record<string, unknown> {
  const task = tasks.get(requestId)
  if (task?.userId === call.caller.userId && task.credentialId === credentialId) return { ...task.answer }
  throw new ApiProblem(
    'not_found',
    `There is no probe ${requestId} of credential ${credentialId}. Results are kept for 15 minutes by the server that ran the probe; start it again.`,
  )
}
