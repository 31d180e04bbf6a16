import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { requireConfig, type JsonObject } from '@leat/connector-kit'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import type { AwsServer } from '../../../tools/peers/python.ts'
import { s3 } from '../src/s3.connector.ts'

const moto = await peer('moto')
const { signal } = new AbortController()

describe('s3 with a role (emulator: moto 5.2.5)', { skip: isMissing(moto) ? moto.missing : false }, () => {
  let server: AwsServer
  before(async () => {
    assert.ok(!isMissing(moto))
    server = await moto.start()
    process.env['AWS_ENDPOINT_URL_STS'] = server.endpoint
    await fetch(`${server.endpoint}/raw`, {
      method: 'PUT',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request' },
    })
  })
  after(async () => {
    delete process.env['AWS_ENDPOINT_URL_STS']
    await server.stop()
  })
  const connect = async (credentials: JsonObject) =>
    (await s3.load()).connect(
      requireConfig(s3.credentials!, s3.aliases?.credentials, {
        endpoint: server.endpoint,
        'test.path': 'raw',
        ...credentials,
      }),
      { allowedFolders: [], signal },
    )

  test('a role is taken on with the access key that was given, and used for reading and writing', async () => {
    await using connection = await connect({
      s3_auth_type: 'ARN',
      arn: 'arn:aws:iam::123456789012:role/reader',
      external_id: 'leat',
      access_key: 'a',
      secret_key: 'b',
    })
    await connection.check()
    await using writer = await connection.openWriter!({
      id: 'sink-1',
      epoch: 1,
      options: { path: 'raw/out' },
      schema: { fields: [] },
      signal,
    })
    await writer.write({
      kind: 'files',
      files: [
        {
          name: 'a.json',
          encoding: 'ndjson',
          bytes: 2,
          rows: 1,
          open: async function* () {
            yield Buffer.from('{}')
          },
        },
      ],
    })
    await writer.commit(await writer.prepare())
    const units = await Array.fromAsync(connection.source!({ path: 'raw/' }).units({ signal }))
    assert.deepEqual(
      units.map((unit) => unit.key),
      ['raw/out/a.json'],
    )
    for await (const part of connection.source!({ path: 'raw/' }).read(units[0]!, { checkpoint: null, signal })) {
      assert.ok(part.kind === 'object')
      assert.equal(String(Buffer.concat(await Array.fromAsync(part.open()))), '{}')
    }
  })

  test('a role that cannot be taken on is an auth fault that names the field', async () => {
    process.env['AWS_ENDPOINT_URL_STS'] = 'http://127.0.0.1:1'
    await using connection = await connect({
      arn: 'arn:aws:iam::123456789012:role/reader',
      access_key: 'a',
      secret_key: 'bbbb',
    })
    await assert.rejects(connection.check(), { kind: 'auth', code: 's3.role_refused', field: 'arn' })
  })
})
