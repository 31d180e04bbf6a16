import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { NexlaClient } from '@leat/sdk'
import { operatorFor } from '../../bench/flow.ts'
import { isMissing, peer } from '../../tools/peers/peer.ts'
import type { S3Server } from '../../tools/peers/versitygw.ts'
import { publishedRows, type FileEnds } from './flow.ts'

/** A real S3 server with the buckets of the suite. Throws when this machine cannot have one. */
export async function startStore(): Promise<S3Server> {
  const found = await peer('versitygw')
  if (isMissing(found)) throw new Error(found.missing)
  const s3 = await found.start()
  await Promise.all(['segments', 'data'].map((bucket) => mkdir(join(s3.dir, bucket))))
  return s3
}

/** Source and destinations on S3, which the platform reaches at `endpoint`. Who judges looks into the server's folder. */
export async function s3Ends(
  client: NexlaClient,
  s3: S3Server,
  name: string,
  endpoint = s3.endpoint,
): Promise<FileEnds> {
  const operator = operatorFor(s3, 'data')
  const { id: credentialId } = await client.credentials.create({
    name: `s3 ${name}`,
    credentials_type: 's3',
    credentials: { access_key_id: s3.accessKey, secret_access_key: s3.secretKey, region: s3.region, endpoint },
  } as never)
  const config = { path: `data/${name}/in/`, file_format: 'json', stable_after_ms: 0 }
  return {
    put: async (file, content) => void (await operator.write(`${name}/in/${file}`, Buffer.from(content))),
    source: { type: 's3', config, credentialId },
    outlet: {
      credentialId,
      sink: (folder) => ({ type: 's3', config: { path: `data/${name}/${folder}/`, data_format: 'json' } }),
      rows: (folder) => publishedRows(join(s3.dir, 'data', name, folder)),
    },
  }
}
