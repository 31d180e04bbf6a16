import type { NexsetSample } from '@leat/contract'
import type { Platform } from '../platform.ts'

/** The latest records of a nexset: plain, or in the envelope of the public API with where each came from. */
export async function readSamples(
  platform: Platform,
  id: number,
  count: number,
  withMetadata: boolean,
): Promise<(NexsetSample | Record<string, unknown>)[]> {
  const samples = await platform.data.samples(id, count)
  if (!withMetadata) return samples.map((sample) => ({ ...sample.record }))
  const sourceType = await sourceTypeOf(platform, id)
  return samples.map((sample) => ({
    rawMessage: { ...sample.record },
    nexlaMetaData: {
      sourceType,
      ingestTime: sample.committedAt,
      sourceOffset: sample.ordinal,
      sourceKey: sample.origin,
      topic: `nexset_${id}`,
      resourceType: 'DATASET',
      resourceId: id,
      trackerId: {},
      eof: false,
      lastModified: sample.committedAt,
      runId: sample.runId,
      tags: {},
      flow_type: 'batch',
    },
  }))
}

async function sourceTypeOf(platform: Platform, id: number): Promise<string | null> {
  const row = await platform.db
    .selectFrom('flow_node as n')
    .innerJoin('flow_node as o', 'o.id', 'n.origin_node_id')
    .innerJoin('data_source as s', 's.id', 'o.data_source_id')
    .select('s.source_type')
    .where('n.data_set_id', '=', id)
    .executeTakeFirst()
  return row?.source_type ?? null
}
