import type { JsonObject } from '@leat/connector-kit'
import type { ConfigWarning } from '@leat/contract'
import { requireReference } from '../access/guard.ts'
import type { Caller } from '../auth/tokens.ts'
import {
  checkConfig,
  type ConfigPart,
  requireConnector,
  requireCredentialGiven,
  requireMatchingCredential,
} from '../check-config.ts'
import { withTemplate } from '../with-template.ts'
import { type NewCredential, readInlineCredential } from '../credentials/store-credential.ts'
import { lookupsIn } from '../lookups/lookup-users.ts'
import type { Platform } from '../platform.ts'

/** A source or sink that passed every check and can be stored. */
export interface CheckedNode {
  readonly config: JsonObject
  /** Schedule of a source under whichever name the config gives it. */
  readonly cron: string | null
  readonly warnings: ConfigWarning[]
  /** An existing credential, a new one that is stored with the resource, or none. */
  readonly credentialId: number | null
  readonly newCredential: NewCredential | null
}

export interface NodeRequest {
  readonly name: string
  readonly type: string
  readonly config: JsonObject
  readonly template_config?: Readonly<Record<string, unknown>> | null | undefined
  readonly data_credentials_id?: number | null | undefined
  /** An id or an inline object. */
  readonly data_credentials?: number | Record<string, unknown> | undefined
  readonly strict: boolean
}

/** Checks type, config and credential of a source or sink before anything is written. */
export async function checkNode(
  platform: Platform,
  caller: Caller,
  part: Exclude<ConfigPart, 'credentials'>,
  request: NodeRequest,
): Promise<CheckedNode> {
  const connector = requireConnector(platform, part, request.type)
  const inline = typeof request.data_credentials === 'object' ? request.data_credentials : null
  const credentialId =
    request.data_credentials_id ?? (typeof request.data_credentials === 'number' ? request.data_credentials : null)
  const newCredential =
    inline && credentialId === null
      ? readInlineCredential(platform, inline, `${request.name} credential`, request.type, request.strict)
      : null
  if (newCredential) requireMatchingCredential(connector, newCredential.checked.connector.type, 0)
  else requireCredentialGiven(connector, credentialId)
  if (credentialId !== null) {
    await requireReference(platform.db, caller, 'data_credentials', credentialId, 'data_credentials_id')
    const { credentials_type } = await platform.db
      .selectFrom('data_credential')
      .select('credentials_type')
      .where('id', '=', credentialId)
      .executeTakeFirstOrThrow()
    requireMatchingCredential(connector, credentials_type, credentialId)
  }
  const { warnings, cron, options } = checkConfig(
    platform,
    connector,
    part,
    withTemplate(connector, part, request.config, request.template_config),
    request.strict,
  )
  if (part === 'source')
    for (const { field, id } of lookupsIn(connector, options))
      await requireReference(platform.db, caller, 'data_maps', id, `source_config.${field}`)
  return {
    config: request.config,
    cron,
    warnings,
    credentialId,
    newCredential,
  }
}
