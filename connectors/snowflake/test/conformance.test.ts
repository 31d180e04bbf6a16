import { after, test } from 'node:test'
import { conformance } from '@leat/connector-kit/conformance'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import { snowflake } from '../src/snowflake.connector.ts'
import { requireParsed } from './parsed.ts'
import { conditionsIn } from './snowflake-place.ts'

const found = await peer('fakesnow')

if (isMissing(found)) test('snowflake keeps the laws of connectors', { skip: found.missing })
else {
  const server = await found.start()
  after(() => server.stop())
  const fake = { kind: 'protocol fake', name: 'fakesnow 0.12.1' } as const
  conformance(snowflake, { peer: fake, setup: () => conditionsIn(server) })
  // Every way that the laws lead through: awkward names, the value table, changes of schema, refused rows.
  test('every statement that the laws have sent is SQL of Snowflake', (context) =>
    requireParsed(server, context, [
      /^MERGE|^INSERT/,
      /"quote""d"/,
      /TO_BINARY/,
      /TRY_CAST/,
      /ADD COLUMN/,
      /leat_greatest/,
    ]))
}
