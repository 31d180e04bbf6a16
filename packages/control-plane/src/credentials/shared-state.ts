import { Fault, type JsonObject, type SharedState } from '@leat/connector-kit'
import type { Vault } from '../auth/vault.ts'
import type { Database } from '../database/connection.ts'
import { execute, query, queryOne, transact, type Sql } from '../ledger/sql.ts'

const purpose = 'credential_state'
/** Longest wait for another process that is changing the state; a token endpoint answers within this or not at all. */
const patience = '60s'

/** What all processes know of one credential: a sealed row per name, changed under its lock. Goes with the credential. */
export function sharedState(database: Database, vault: Vault, credentialId: number): (name: string) => SharedState {
  return (name) => ({
    read: () => load(database, vault, credentialId, name, ''),
    change: (change) =>
      transact(database, async (tx) => {
        await query(tx, `select set_config('lock_timeout', $1, true)`, [patience])
        try {
          await execute(
            tx,
            'insert into credential_state (data_credential_id, name) values ($1, $2) on conflict do nothing',
            [credentialId, name],
          )
          const state = await load(tx, vault, credentialId, name, 'for update')
          const next = await change(state)
          await execute(
            tx,
            'update credential_state set sealed = $3, updated_at = now() where data_credential_id = $1 and name = $2',
            [credentialId, name, vault.seal(purpose, next)],
          )
          return next
        } catch (thrown) {
          throw tooLong(thrown) ?? thrown
        }
      }),
  })
}

async function load(
  on: Sql,
  vault: Vault,
  credentialId: number,
  name: string,
  lock: '' | 'for update',
): Promise<JsonObject | null> {
  const row = await queryOne<{ sealed: Uint8Array | null }>(
    on,
    `select sealed from credential_state where data_credential_id = $1 and name = $2 ${lock}`,
    [credentialId, name],
  )
  return row?.sealed ? vault.open(purpose, row.sealed) : null
}

/** lock_not_available */
function tooLong(thrown: unknown): Fault | null {
  if ((thrown as { code?: unknown }).code !== '55P03') return null
  const message = 'Another process has been renewing the tokens of this credential for a minute. It is tried again.'
  return new Fault({ kind: 'transient', code: 'credential.state_busy', message, cause: thrown })
}
