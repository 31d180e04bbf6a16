import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { AwsV4Signer } from 'aws4fetch'
import type { Conditions } from '@leat/connector-kit/conformance'
import type { S3Server } from '../../../tools/peers/versitygw.ts'

/** A fresh bucket on a server, looked into without the connector: through the server's folder, and by HTTP of its own. */
export class S3Place {
  readonly server: S3Server
  readonly bucket: string

  private constructor(server: S3Server, bucket: string) {
    this.server = server
    this.bucket = bucket
  }

  static async open(server: S3Server): Promise<S3Place> {
    const place = new S3Place(server, `b-${randomBytes(6).toString('hex')}`)
    // versitygw takes each folder for a bucket.
    await mkdir(path.join(server.dir, place.bucket))
    return place
  }

  get credentials(): { access_key_id: string; secret_access_key: string; endpoint: string } {
    const { accessKey, secretKey, endpoint } = this.server
    return { access_key_id: accessKey, secret_access_key: secretKey, endpoint }
  }

  async put(key: string, body: Uint8Array | string): Promise<void> {
    const encoded = key
      .split('/')
      .map((part) => encodeURIComponent(part).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`))
      .join('/')
    const { accessKey: accessKeyId, secretKey: secretAccessKey, endpoint, region } = this.server
    const url = `${endpoint}/${this.bucket}/${encoded}`
    const signed = await new AwsV4Signer({
      method: 'PUT',
      url,
      accessKeyId,
      secretAccessKey,
      region,
      service: 's3',
    }).sign()
    const response = await fetch(signed.url, { method: 'PUT', headers: signed.headers, body: Buffer.from(body) })
    if (!response.ok) throw new Error(`PUT ${key}: ${response.status} ${await response.text()}`)
  }

  /** Key -> bytes below a prefix, as they lie in the folder of the server. */
  async files(prefix: string): Promise<Map<string, Uint8Array>> {
    const folder = path.join(this.server.dir, this.bucket, prefix)
    const found = new Map<string, Uint8Array>()
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (!entry.isFile() || entry.parentPath.includes('.sgwtmp')) continue
      const file = path.join(entry.parentPath, entry.name)
      found.set(path.relative(folder, file), await readFile(file))
    }
    return found
  }

  /** Keys in the staging area of a sink. */
  async staged(prefix: string): Promise<readonly string[]> {
    return [...(await this.files(prefix)).keys()].filter((key) => key.startsWith('_leat_staging/'))
  }

  async remove(): Promise<void> {
    await rm(path.join(this.server.dir, this.bucket), { recursive: true, force: true })
  }
}

/** What the conformance suite needs to know of a place. */
export async function conditionsIn(server: S3Server): Promise<Conditions> {
  const place = await S3Place.open(server)
  const { credentials, bucket } = place
  return {
    credentials: { ...credentials, 'test.path': bucket },
    badCredentials: [
      { ...credentials, 'test.path': bucket, secret_access_key: 'wrong-secret-wrong-secret' },
      { ...credentials, 'test.path': bucket, access_key_id: 'nobody-knows-me' },
      { endpoint: credentials.endpoint, access_key_id: credentials.access_key_id },
    ],
    source: {
      options: { path: `${bucket}/in/` },
      root: `${bucket}/in`,
      put: (name, body) => place.put(`in/${name}`, body),
    },
    sink: {
      options: { path: `s3://${bucket}/out`, data_format: 'parquet', 'output.dir.name.pattern': '' },
      files: async () =>
        new Map([...(await place.files('out'))].filter(([name]) => !name.startsWith('_leat_staging/'))),
      staged: async () => (await place.staged('out')).length,
      elsewhere: { module: import.meta.resolve('../src/s3.connector.ts'), name: 's3' },
    },
    [Symbol.asyncDispose]: () => place.remove(),
  }
}
