import { Fault } from '@leat/connector-kit'

export interface BucketPath {
  readonly bucket: string
  /** Key or prefix; no leading slash. */
  readonly key: string
}

/** `bucket/prefix`, `/bucket/prefix`, `s3://bucket/prefix` -> bucket and key. An empty path is the root: no bucket. */
export function bucketPath(path: string): BucketPath {
  const plain = withoutScheme(path)
  const slash = plain.indexOf('/')
  return slash < 0 ? { bucket: plain, key: '' } : { bucket: plain.slice(0, slash), key: plain.slice(slash + 1) }
}

export function withoutScheme(path: string): string {
  return path
    .trim()
    .replace(/^(s3[an]?|minio):\/\//i, '')
    .replace(/^\/+/, '')
}

/** A path that must name a bucket. */
export function requireBucket(path: string): BucketPath {
  const found = bucketPath(path)
  if (found.bucket !== '') return found
  throw new Fault({
    kind: 'config',
    code: 's3.path_without_bucket',
    field: 'path',
    message: `The path ${JSON.stringify(path)} names no bucket. Write bucket/prefix, such as "raw/orders/".`,
  })
}

/** The folder prefix of a key: `orders` and `orders/` are `orders/`; the whole bucket is the empty prefix. */
export function folderPrefix(key: string): string {
  return key === '' || key.endsWith('/') ? key : `${key}/`
}
