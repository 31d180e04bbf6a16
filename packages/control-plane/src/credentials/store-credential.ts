import { type Connector, type JsonObject, withoutSecrets } from '@leat/connector-kit'
import type { ConfigWarning } from '@leat/contract'
import { audit } from '../audit/record.ts'
import { credentialPurpose } from '../auth/vault.ts'
import { checkConfig, requireConnector } from '../check-config.ts'
import { jsonb } from '../database/column.ts'
import type { Database } from '../database/connection.ts'
import type { Call } from '../http/call.ts'
import { invalid } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import type { Json } from '@leat/connector-kit'

export interface CheckedCredential {
  readonly connector: Connector
  readonly credentials: JsonObject
  readonly warnings: ConfigWarning[]
}

/** Checks the secrets against the connector's schema; a templated credential may come without any. */
export function checkCredential(
  platform: Platform,
  type: string,
  credentials: JsonObject | undefined,
  strict: boolean,
): CheckedCredential {
  const connector = requireConnector(platform, 'credentials', type)
  const { credentials_type: _repeated, ...given } = credentials ?? {}
  const warnings =
    credentials === undefined ? [] : checkConfig(platform, connector, 'credentials', given, strict).warnings
  return { connector, credentials: given, warnings }
}

/** What may be shown of a credential: keys that the schema knows, under their own or another accepted name, and does not call secret. */
export function showablePart(connector: Connector, credentials: JsonObject): JsonObject {
  if (!connector.credentials) return {}
  const own = withoutSecrets(connector.credentials, credentials)
  const aliases = connector.aliases?.credentials ?? {}
  const renamed: Record<string, Json> = {}
  for (const [key, value] of Object.entries(credentials)) {
    const target = aliases[key]
    if (target !== undefined && Object.hasOwn(withoutSecrets(connector.credentials, { [target]: value }), target))
      renamed[key] = value
  }
  return { ...own, ...renamed }
}

export interface NewCredential {
  readonly name: string
  readonly description?: string | null | undefined
  readonly template_config?: JsonObject | undefined
  readonly vendor_id?: number | undefined
  readonly auth_template_id?: number | undefined
  readonly tags?: readonly string[] | undefined
  readonly checked: CheckedCredential
}

export async function insertCredential(
  platform: Platform,
  tx: Database,
  call: Call,
  credential: NewCredential,
): Promise<number> {
  const { connector, credentials, warnings } = credential.checked
  const { id } = await tx
    .insertInto('data_credential')
    .values({
      org_id: call.caller.orgId,
      owner_id: call.caller.userId,
      name: credential.name,
      description: credential.description ?? null,
      credentials_type: connector.type,
      sealed: platform.vault.seal(credentialPurpose, credentials),
      non_secure: jsonb(showablePart(connector, credentials)),
      template_config: credential.template_config ? jsonb(credential.template_config) : null,
      vendor_id: credential.vendor_id ?? null,
      auth_template_id: credential.auth_template_id ?? null,
      tags: jsonb(credential.tags ?? []),
      config_warnings: jsonb(warnings),
      verified_status: 'UNVERIFIED',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await audit(tx, call, {
    kind: 'data_credentials',
    id,
    event: 'create',
    ownerId: call.caller.userId,
    after: { name: credential.name, credentials_type: connector.type },
    secretFields: ['credentials'],
  })
  return id
}

/** `data_credentials` of a source or sink: an id, or `{name?, credentials_type?, credentials}` (or the secrets themselves). */
export function readInlineCredential(
  platform: Platform,
  inline: Record<string, unknown>,
  name: string,
  defaultType: string,
  strict: boolean,
): NewCredential {
  const { credentials, credentials_type: type = defaultType, name: ownName = name, ...rest } = inline
  if (typeof type !== 'string' || typeof ownName !== 'string')
    throw invalid([
      {
        field: 'data_credentials',
        message:
          '"data_credentials" must be an id, or an object with the texts "name" and "credentials_type" and the object "credentials".',
      },
    ])
  const secrets = (credentials ?? rest) as JsonObject
  return { name: ownName, checked: checkCredential(platform, type, secrets, strict) }
}
