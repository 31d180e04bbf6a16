import { randomBytes } from 'node:crypto'
import type { Connector, JsonObject } from '@leat/connector-kit'
import { Fault, requireConfig } from '@leat/connector-kit'
import { sql } from 'kysely'
import { audit } from '../audit/record.ts'
import { credentialPurpose } from '../auth/vault.ts'
import type { SomeHandlers } from '../http/call.ts'
import { ApiProblem, notFound } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import { sharedState } from './shared-state.ts'

const purpose = 'consent'
/** Time that a person has to agree. */
const patience = '15 minutes'
export const callbackPath = '/oauth/callback'

/** A person allows the platform to act for them at a service: OAuth with the browser. */
export function consentHandlers(platform: Platform): SomeHandlers<'authorize_credential'> {
  return {
    async authorize_credential({ params }, call) {
      const { connector, credentials, ownerId } = await load(platform, params.id)
      const driver = await connector.load()
      if (driver.beginConsent === undefined)
        throw new ApiProblem('unsupported', `Credentials of type "${connector.type}" are not allowed in a browser.`)
      const state = randomBytes(24).toString('base64url')
      const redirectUri = `${call.request.origin}${callbackPath}`
      const context = { allowedFolders: [], signal: call.signal }
      const { url, pending } = await driver.beginConsent(credentials, { redirectUri, state }, context)
      await platform.db
        .deleteFrom('consent')
        .where('created_at', '<', sql<string>`now() - ${patience}::interval`)
        .execute()
      await platform.db
        .insertInto('consent')
        .values({
          state_digest: platform.vault.fingerprint(state),
          data_credential_id: params.id,
          redirect_uri: redirectUri,
          pending: platform.vault.seal(purpose, pending),
        })
        .execute()
      await audit(platform.db, call, { kind: 'data_credentials', id: params.id, event: 'authorize', ownerId })
      return { url, redirect_uri: redirectUri }
    },
  }
}

/** The browser came back. Each state counts once. Throws `config` faults that a person can read. */
export async function takeConsent(platform: Platform, query: URLSearchParams, signal: AbortSignal): Promise<string> {
  const state = query.get('state') ?? ''
  const row = await platform.db
    .deleteFrom('consent')
    .where('state_digest', '=', platform.vault.fingerprint(state))
    .where('created_at', '>', sql<string>`now() - ${patience}::interval`)
    .returning(['data_credential_id', 'redirect_uri', 'pending'])
    .executeTakeFirst()
  if (!row)
    throw new Fault({
      kind: 'config',
      code: 'consent.unknown',
      message:
        'This page was not asked for, was used already, or took longer than 15 minutes. Begin again from the credential.',
    })
  const id = row.data_credential_id
  const { connector, credentials, name } = await load(platform, id)
  const driver = await connector.load()
  const pending = platform.vault.open(purpose, row.pending)
  const request = { redirectUri: row.redirect_uri, state, pending, callback: query }
  const context = { allowedFolders: [], signal, shared: sharedState(platform.db, platform.vault, id) }
  await driver.finishConsent?.(credentials, request, context)
  await platform.db
    .updateTable('data_credential')
    .set({ verified_status: 'VERIFIED', verified_at: new Date() })
    .where('id', '=', id)
    .execute()
  return name
}

async function load(
  platform: Platform,
  id: number,
): Promise<{ connector: Connector; credentials: JsonObject; name: string; ownerId: number }> {
  const row = await platform.db
    .selectFrom('data_credential')
    .select(['credentials_type', 'sealed', 'name', 'owner_id'])
    .where('id', '=', id)
    .executeTakeFirst()
  const connector = row && platform.registry.get(row.credentials_type)
  if (!row || !connector?.credentials) throw notFound('data_credentials', id)
  const { credentials_type: _repeated, ...given } = row.sealed ? platform.vault.open(credentialPurpose, row.sealed) : {}
  const credentials = requireConfig(connector.credentials, connector.aliases?.credentials, given)
  return { connector, credentials, name: row.name, ownerId: row.owner_id }
}
