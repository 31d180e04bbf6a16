import { test } from 'node:test'
import {
  CredentialCreate,
  DestinationCreate,
  DestinationType,
  NexsetCreate,
  SourceCreate,
  SourceType,
} from '../src/index.ts'

// Checked by the compiler: each `@ts-expect-error` fails the type check when the line below it compiles.
test('configurations are typed by the connector that the type names', () => {
  // The guide's example, with its spellings.
  CredentialCreate({
    name: 'Ops S3',
    credentials_type: 's3',
    credentials: { access_key_id: 'AKIA…', secret_access_key: '…', region: 'us-east-1' },
  })
  SourceCreate({
    name: 'Orders Ingest',
    source_type: SourceType.S3,
    data_credentials_id: 1,
    source_config: { path: 'raw/orders/', file_format: 'json', 'start.cron': '0 * * * *' },
  })
  DestinationCreate({
    name: 'Orders Export',
    sink_type: DestinationType.S3,
    data_credentials_id: 1,
    data_set_id: 123456,
    sink_config: { path: 'analytics/orders/', data_format: 'parquet', file_compression: 'snappy' },
  })
  NexsetCreate({
    name: 'Clean',
    parent_data_set_id: 1,
    has_custom_transform: true,
    transform: { version: 1, operations: [{ operation: 'filter', condition: "status != 'CANCELLED'" }] },
  })
  // A connector that this version does not know takes any object.
  SourceCreate({ name: 'a', source_type: 'a_later_one', source_config: { anything: 1 } })
  // @ts-expect-error misspelt key
  SourceCreate({ name: 'a', source_type: 's3', source_config: { pth: 'a' } })
  // @ts-expect-error wrong type of value
  SourceCreate({ name: 'a', source_type: 's3', source_config: { path: 1 } })
  // @ts-expect-error not a choice
  DestinationCreate({ name: 'a', sink_type: 's3', sink_config: { path: 'a', data_format: 'parket' } })
  // @ts-expect-error a name is needed
  SourceCreate({ source_type: 's3' })
})
