import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { JsonObject } from '@leat/connector-kit'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import type { AwsServer } from '../../../tools/peers/python.ts'
import { faultOf } from './fault-of.ts'
import { readSource } from './read-source.ts'
import { scriptedServer } from './scripted-server.ts'

const moto = await peer('moto')
const run = promisify(execFile)

/** moto computes the signature of each request anew with botocore, and refuses those that differ. */
describe('AWS signatures (peer: moto 5.2.5, botocore)', { skip: isMissing(moto) ? moto.missing : false }, () => {
  let server: AwsServer
  let credentials: JsonObject

  before(async () => {
    assert.ok(!isMissing(moto))
    server = await moto.start()
    await iam({ Action: 'CreateUser', UserName: 'reader' })
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
    await iam({
      Action: 'PutUserPolicy',
      UserName: 'reader',
      PolicyName: 'all',
      PolicyDocument: JSON.stringify(policy),
    })
    const key = await iam({ Action: 'CreateAccessKey', UserName: 'reader' })
    credentials = {
      'auth.type': 'AWS_SIGNATURE',
      'aws.access.key': tagOf(key, 'AccessKeyId'),
      'aws.secret.key': tagOf(key, 'SecretAccessKey'),
      'aws.region': 'us-east-1',
      'aws.service': 'iam',
    }
    await fetch(`${server.endpoint}/moto-api/reset-auth`, { method: 'POST', body: '0' })
  })
  after(() => server.stop())

  /** Before the checks are switched on, requests need no more than the name of their service. */
  async function iam(fields: Record<string, string>): Promise<string> {
    const authorization = 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/iam/aws4_request'
    const body = new URLSearchParams({ ...fields, Version: '2010-05-08' })
    const answer = await fetch(server.endpoint, { method: 'POST', headers: { authorization }, body })
    const text = await answer.text()
    assert.ok(answer.ok, text)
    return text
  }

  /** moto takes other bytes for the body of a request that has none, so that it refuses each signed GET: botocore checks those below. */
  const users = (): JsonObject => ({
    template_config: {
      request: {
        method: 'POST',
        url: `${server.endpoint}/?note=a%20b`,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: 'Action=ListUsers&Version=2010-05-08&PathPrefix=%2F',
      },
      response: { format: 'xml', data_path: "//*[local-name()='Users']/*[local-name()='member']" },
    },
  })

  test('PROMISE-AWS-SIGNATURE: a service that checks signatures takes what was signed', async () => {
    const { parts } = await readSource(users(), { credentials })
    assert.match(parts.join(), /<UserName>reader<\/UserName>/)
  })

  test('a wrong secret key and an unknown access key are refused', async () => {
    for (const [wrong, code] of [
      [{ 'aws.secret.key': 'x'.repeat(40) }, /SignatureDoesNotMatch|signature/i],
      [{ 'aws.access.key': 'AKIAXXXXXXXXXXXXXXXX' }, /security token|InvalidClientTokenId/i],
    ] as const) {
      const fault = await faultOf(() => readSource(users(), { credentials: { ...credentials, ...wrong } }))
      assert.equal(fault.kind, 'auth')
      assert.match(fault.message, code)
      assert.ok(!fault.message.includes(String(credentials['aws.secret.key'])))
    }
  })
})

/** What moto leaves out of its check: queries, paths that need encoding, session tokens, S3. Each recorded request is signed again by botocore alone. */
test(
  'PROMISE-AWS-SIGNATURE: botocore computes the same signature of awkward queries, paths, headers and bodies',
  { skip: isMissing(moto) ? moto.missing : false },
  async () => {
    assert.ok(!isMissing(moto))
    const recorded: object[] = []
    const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
    await using server = await scriptedServer((request) => {
      const { method, url, headers, body } = request
      recorded.push({ method, url: url.href, headers, body, secret })
      return { body: [{ id: 1 }] }
    })
    const request = (path: string, more: JsonObject = {}): JsonObject => ({
      template_config: { request: { url: `${server.url}${path}`, ...more } },
    })
    for (const [config, more] of [
      [request('/a', { query_params: { q: "a b+c/é=&~*'()!", empty: '', list: ['2', '1'], A: '%20' } }), {}],
      [request('/caf%C3%A9/a%20b/~x/$y'), { 'aws.region': 'eu-central-1' }],
      [request('/b', { method: 'POST', headers: { 'X-Odd': '  two   spaces ' }, body: { name: 'Zoë', n: 1.5 } }), {}],
      [request('/c', { query_params: { after: '${LAST_SUCCESS_AT}' } }), { 'aws.session.token': 'FwoG+/session==' }],
      [request('/bucket/caf%C3%A9%20x', { query_params: { prefix: 'a b' } }), { 'aws.service': 's3' }],
    ] as const) {
      const credentials = {
        'auth.type': 'AWS_SIGNATURE',
        'aws.access.key': 'AKIDEXAMPLE',
        'aws.secret.key': secret,
        'aws.service': 'execute-api',
        ...more,
      }
      await readSource(config, { credentials })
    }
    const { stdout } = await run(moto.interpreter, ['-c', verifier, JSON.stringify(recorded)])
    assert.deepEqual(JSON.parse(stdout), Array(5).fill('same'))
    const forged = recorded.map((one) => ({ ...one, secret: 'another' }))
    const refused = await run(moto.interpreter, ['-c', verifier, JSON.stringify(forged)])
    assert.ok((JSON.parse(refused.stdout) as string[]).every((one) => one !== 'same'))
  },
)

/** Signs what arrived on the wire, with the headers that its signature covers, and compares. */
const verifier = `
import json, re, sys
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

def check(one):
    given = one["headers"]["authorization"]
    key, _, region, service = re.search("Credential=([^,]+)", given).group(1).split("/")[:4]
    signed = re.search("SignedHeaders=([^,]+)", given).group(1).split(";")
    request = AWSRequest(one["method"], one["url"], {n: v for n, v in one["headers"].items() if n in signed}, one["body"].encode())
    request.context["timestamp"] = one["headers"]["x-amz-date"]
    auth = (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials(key, one["secret"]), service, region)
    canonical = auth.canonical_request(request)
    expected = auth.signature(auth.string_to_sign(request, canonical), request)
    return "same" if expected == re.search("Signature=(.+)$", given).group(1) else canonical

print(json.dumps([check(one) for one in json.loads(sys.argv[1])]))
`

function tagOf(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1] ?? assert.fail(`no ${name} in ${xml}`)
}
