import type { Nexset, NexlaClient } from '@leat/sdk'
import { until } from '../../tools/testing/until.ts'

/** The nexset of a source. Activation answers after 5 s at the latest; a busy machine may need longer for the first detection. */
export function detectedNexset(client: NexlaClient, source: number): Promise<Nexset> {
  return until(async () => (await client.nexsets.list()).find((nexset) => nexset.data_source_id === source))
}
