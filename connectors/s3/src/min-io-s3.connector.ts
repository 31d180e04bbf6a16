import { z } from 'zod'
import {
  connector,
  describe,
  fileSinkAliases,
  fileSourceAliases,
  pgpCredentialFields,
  s3CredentialAliases,
  s3CredentialFields,
  secretText,
} from '@leat/connector-kit'
import { s3SinkOptions, s3SourceOptions, withLoginRules } from './s3-schemas.ts'
import { authProps } from './s3-settings.ts'

const {
  arn: _arn,
  external_id: _externalId,
  s3_auth_type: _authType,
  endpoint: _endpoint,
  ...keys
} = s3CredentialFields

const credentials = withLoginRules(
  z.strictObject({
    nx_external_host: describe(
      z.url({ protocol: /^https?$/, error: 'expected a URL such as http://127.0.0.1:9000' }),
      'Host',
      'URL of the service, with protocol and port',
    ),
    'nx_external.auth.type': describe(z.enum(['min_io_s3']), 'Login with', 'Only min_io_s3').optional(),
    'nx_external.auth.props': secretText(
      'Keys',
      'JSON text with access_key_id and secret_key; or give access_key and secret_key',
    )
      .refine(
        (text) => Object.keys(authProps({ 'nx_external.auth.props': text })).length > 0,
        'expected a JSON text such as {"access_key_id":"…","secret_key":"…"}',
      )
      .optional(),
    ...keys,
    ...pgpCredentialFields,
  }),
)

export const minIoS3 = connector({
  type: 'min_io_s3',
  title: 'MinIO and other S3-compatible stores',
  description: 'Files in buckets of MinIO, Ceph, versitygw and other services that speak the protocol of S3',
  category: 'file',
  accepts_credentials: ['s3'],
  credentials,
  aliases: {
    credentials: { ...s3CredentialAliases, endpoint: 'nx_external_host', endpoint_url: 'nx_external_host' },
    source: fileSourceAliases,
    sink: fileSinkAliases,
  },
  source: { options: s3SourceOptions, modes: ['poll'], seekable: true },
  sink: {
    options: s3SinkOptions,
    accepts: ['parquet', 'csv', 'tsv', 'ndjson'],
    delivery: 'effectively_once',
    fences: false,
    rejects_rows: false,
  },
  telemetry: ['object read', 'object staged', 'object published'],
  load: () => import('./s3-driver.ts'),
})
