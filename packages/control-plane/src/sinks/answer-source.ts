import { normaliseConfig, type Connector, type JsonObject } from '@leat/connector-kit'
import type { Database } from '../database/connection.ts'
import { jsonb } from '../database/column.ts'
import { audit } from '../audit/record.ts'
import { insertOrigin } from '../flows/flow-nodes.ts'
import { completeHook } from '../hooks/hook-keys.ts'
import type { Call } from '../http/call.ts'
import type { Platform } from '../platform.ts'

/**
 * Gives a destination that keeps its answers (`create.datasource`) the source that they become records of, with its nexset, in the caller's transaction;
 * other destinations, and those that have one, stay as they are. The source takes records as a webhook does, so others may post to it as well.
 */
export async function completeAnswerSource(
  tx: Database,
  platform: Platform,
  call: Call,
  sinkId: number,
): Promise<void> {
  const sink = await tx
    .selectFrom('data_sink')
    .select(['id', 'org_id', 'owner_id', 'name', 'sink_type', 'sink_config'])
    .where('id', '=', sinkId)
    .executeTakeFirstOrThrow()
  const connector = platform.registry.get(sink.sink_type)
  if (connector === null || !keepsAnswers(connector, sink.sink_config)) return
  const known = await tx.selectFrom('data_source').select('id').where('data_sink_id', '=', sinkId).executeTakeFirst()
  const hosted = platform.registry.all().find((one) => one.source?.hosted === true)
  if (known || hosted === undefined) return
  const name = `Answers to ${sink.name}`
  const { id } = await tx
    .insertInto('data_source')
    .values({
      org_id: sink.org_id,
      owner_id: sink.owner_id,
      name,
      description: `What destination ${sink.id} "${sink.name}" was answered`,
      status: 'ACTIVE',
      source_type: hosted.type,
      source_config: jsonb({}),
      data_sink_id: sinkId,
      tags: jsonb([]),
      config_warnings: jsonb([]),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await insertOrigin(tx, sink.org_id, id)
  await completeHook(tx, platform, id)
  const after = { name, source_type: hosted.type, data_sink_id: sinkId }
  await audit(tx, call, { kind: 'data_sources', id, event: 'create', ownerId: sink.owner_id, after })
}

/** Whether the config asks for it, however it writes the flag. */
export function keepsAnswers(connector: Connector, config: JsonObject): boolean {
  const { sink, aliases } = connector
  if (sink?.keeps_answers === undefined) return false
  const { sink_type: _repeated, ...given } = config
  return normaliseConfig(sink.options, aliases?.sink, given).value?.[sink.keeps_answers] === true
}
