import { secretValues } from '@leat/connector-kit'
import type { SourceTrial } from '@leat/contract'
import { sourceCheckpoint } from '@leat/engine'
import { credentialPurpose } from '../auth/vault.ts'
import { openedConfig } from '../config-secrets.ts'
import { withTemplate } from '../with-template.ts'
import { attempt } from '../credentials/attempt.ts'
import { sharedState } from '../credentials/shared-state.ts'
import type { Call } from '../http/call.ts'
import { ownersLookups } from '../lookups/lookup-reader.ts'
import type { Platform } from '../platform.ts'
import { ingestMode } from './ingest-method.ts'

const patienceMs = 60_000

/** The requests that the next run would begin with; with `sample`, the beginning of what they are answered as well. Nothing is stored. */
export async function trySource(platform: Platform, call: Call, id: number, sample: boolean): Promise<SourceTrial> {
  const row = await platform.db
    .selectFrom('data_source as s')
    .leftJoin('data_credential as c', 'c.id', 's.data_credentials_id')
    .select([
      's.org_id',
      's.owner_id',
      's.source_type as type',
      's.source_config as config',
      's.template_config as template',
      's.ingest_method',
      's.last_success_at as since',
      (of) =>
        of
          .selectFrom('unit as u')
          .select('u.checkpoint')
          .whereRef('u.data_source_id', '=', 's.id')
          .orderBy('u.updated_at', 'desc')
          .limit(1)
          .as('checkpoint'),
      's.data_credentials_id as credentials_id',
      'c.sealed',
    ])
    .where('s.id', '=', id)
    .executeTakeFirstOrThrow()
  const connector = platform.registry.get(row.type)
  const given = row.sealed ? platform.vault.open(credentialPurpose, row.sealed) : {}
  const { credentials_type: _repeated, ...credentials } = given
  const target = {
    type: row.type,
    credentials,
    secrets: connector?.credentials ? secretValues(connector.credentials, credentials) : [],
    ...(row.credentials_id === null ? {} : { shared: sharedState(platform.db, platform.vault, row.credentials_id) }),
    lookup: ownersLookups(platform.db, row),
  }
  const config = withTemplate(connector!, 'source', openedConfig(platform.vault, row.config), row.template)
  const since = row.since === null ? null : new Date(row.since).getTime()
  const mode = ingestMode(connector, row.ingest_method)
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(patienceMs)])
  return attempt(target, signal, async (opened) => ({
    requests: [
      ...(await platform.tester.dryRun(opened, config, { mode, since, checkpoint: sourceCheckpoint(row.checkpoint) })),
    ],
    sample: sample ? await platform.tester.sample(opened, config, mode) : null,
  }))
}
