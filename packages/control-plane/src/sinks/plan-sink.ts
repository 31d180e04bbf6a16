import { secretValues } from '@leat/connector-kit'
import type { SinkPlan } from '@leat/contract'
import { credentialPurpose } from '../auth/vault.ts'
import { attempt } from '../credentials/attempt.ts'
import type { Call } from '../http/call.ts'
import type { Platform } from '../platform.ts'

/** Counting may take a while on a big table. */
const patienceMs = 120_000

/** Faults leave without the secrets of the credential. */
export async function planSink(platform: Platform, call: Call, id: number): Promise<SinkPlan> {
  const row = await platform.db
    .selectFrom('data_sink')
    .leftJoin('data_credential', 'data_credential.id', 'data_sink.data_credentials_id')
    .select(['data_sink.sink_type', 'data_credential.sealed', 'data_credential.credentials_type'])
    .where('data_sink.id', '=', id)
    .executeTakeFirstOrThrow()
  const credentials = row.sealed ? platform.vault.open(credentialPurpose, row.sealed) : {}
  const schema = platform.registry.get(row.credentials_type ?? row.sink_type)?.credentials
  const target = { type: row.sink_type, credentials, secrets: schema ? secretValues(schema, credentials) : [] }
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(patienceMs)])
  return await attempt(target, signal, () => platform.planSink(id, signal))
}
