import { after, test } from 'node:test'
import type { JsonObject } from '@leat/connector-kit'
import { conformance, type Conditions } from '@leat/connector-kit/conformance'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import type { S3Server } from '../../../tools/peers/versitygw.ts'
import { minIoS3 } from '../src/min-io-s3.connector.ts'
import { s3 } from '../src/s3.connector.ts'
import { conditionsIn } from './s3-place.ts'

const gateway = await peer('versitygw')

const pinned = {
  law: 18,
  reason:
    'every read is pinned to the etag of the listing (If-Match), so that a part cannot give another version and has no verify()',
  replacement: 'connectors/s3/test/s3.test.ts: an object that changed after it was listed cannot be read',
}

if (isMissing(gateway)) test('s3 keeps the laws of connectors', { skip: gateway.missing })
else {
  const server = await gateway.start()
  after(() => server.stop())
  const real = { kind: 'real server', name: 'versitygw 1.7.0' } as const
  conformance(s3, { peer: real, setup: () => conditionsIn(server), skips: [pinned] })
  conformance(minIoS3, { peer: real, setup: () => minIoConditions(server), skips: [pinned] })
}

/** The same place under MinIO's own credential keys. */
async function minIoConditions(server: S3Server): Promise<Conditions> {
  const { sink, ...conditions } = await conditionsIn(server)
  const place = {
    nx_external_host: server.endpoint,
    'nx_external.auth.type': 'min_io_s3',
    'test.path': conditions.credentials['test.path'] ?? '',
  }
  const props = (access_key_id: string, secret_key: string): JsonObject => ({
    ...place,
    'nx_external.auth.props': JSON.stringify({ access_key_id, secret_key }),
  })
  return {
    ...conditions,
    credentials: props(server.accessKey, server.secretKey),
    badCredentials: [
      props(server.accessKey, 'wrong-secret-wrong-secret'),
      props('nobody-knows-me', server.secretKey),
      place,
    ],
    ...(sink && {
      sink: { ...sink, elsewhere: { module: import.meta.resolve('../src/min-io-s3.connector.ts'), name: 'minIoS3' } },
    }),
  }
}
