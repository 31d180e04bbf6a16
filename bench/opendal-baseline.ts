/**
 * node bench/opendal-baseline.ts ENDPOINT KEY SECRET BUCKET PREFIX
 *
 * The floor for many small files: OpenDAL alone lists the prefix and reads every object, 24 at a time. Prints seconds.
 */
import { Operator } from 'opendal'

const [endpoint = '', key = '', secret = '', bucket = '', prefix = ''] = process.argv.slice(2)
const operator = new Operator('s3', {
  endpoint,
  bucket,
  root: '/',
  region: 'us-east-1',
  access_key_id: key,
  secret_access_key: secret,
  disable_config_load: 'true',
  disable_ec2_metadata: 'true',
})
const start = performance.now()
const paths = (await operator.list(prefix, { recursive: true }))
  .map((entry) => entry.path())
  .filter((path) => !path.endsWith('/'))
let bytes = 0
let next = 0
await Promise.all(
  Array.from({ length: 24 }, async () => {
    while (next < paths.length) bytes += (await operator.read(paths[next++]!)).length
  }),
)
console.error(`${paths.length} objects, ${bytes} bytes`)
console.log(((performance.now() - start) / 1000).toFixed(3))
