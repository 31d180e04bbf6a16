import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { requireConfig, type JsonObject } from '@leat/connector-kit'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import type { AwsServer } from '../../../tools/peers/python.ts'
import { s3 } from '../src/s3.connector.ts'

const moto = await peer('moto')
const { signal } = new AbortController()
const arn = 'arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012'

describe('s3 encrypts what it writes (emulator: moto 5.2.5)', { skip: isMissing(moto) ? moto.missing : false }, () => {
  let server: AwsServer
  const authorization = 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request'
  before(async () => {
    assert.ok(!isMissing(moto))
    server = await moto.start()
    await fetch(`${server.endpoint}/raw`, { method: 'PUT', headers: { authorization } })
  })
  after(() => server.stop())

  const cases: readonly (readonly [keys: JsonObject, algorithm: string | null, key: string | null])[] = [
    [{}, null, null],
    [{ 'sse.enabled': true, 'sse.kms_key.arn': '' }, 'AES256', null],
    [{ 'sse.enabled': 'true', 'sse.kms_key.arn': arn }, 'aws:kms', arn],
  ]
  for (const [keys, algorithm, key] of cases)
    test(`with ${JSON.stringify(keys)} an object is kept with ${algorithm ?? 'no encryption of its own'}`, async () => {
      const driver = await s3.load()
      const given = { access_key_id: 'a', secret_access_key: 'b', endpoint_url: server.endpoint, ...keys }
      await using connection = await driver.connect(requireConfig(s3.credentials!, s3.aliases?.credentials, given), {
        allowedFolders: [],
        signal,
      })
      await using writer = await connection.openWriter!({
        id: `sink-${algorithm}`,
        epoch: 1,
        options: { path: 'raw/out' },
        schema: { fields: [] },
        signal,
      })
      async function* open() {
        yield Buffer.from('{}')
      }
      const name = `${encodeURIComponent(algorithm ?? 'plain')}.json`
      await writer.write({ kind: 'files', files: [{ name, encoding: 'ndjson', bytes: 2, rows: 1, open }] })
      await writer.commit(await writer.prepare())
      const head = await fetch(`${server.endpoint}/raw/out/${encodeURIComponent(name)}`, {
        method: 'HEAD',
        headers: { authorization },
      })
      assert.equal(head.status, 200)
      assert.deepEqual(
        [
          head.headers.get('x-amz-server-side-encryption'),
          head.headers.get('x-amz-server-side-encryption-aws-kms-key-id'),
        ],
        [algorithm, key],
      )
    })
})
