import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bucketNames, errorIn, listPage, openUploads } from './s3-answers.ts'

test('a page of a listing as Amazon writes it', () => {
  const page = listPage(`<?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>raw</Name><Prefix>orders/</Prefix><IsTruncated>true</IsTruncated>
    <Contents><Key>orders/a.json</Key><LastModified>2026-11-23T06:28:30.000Z</LastModified><ETag>&quot;0123-2&quot;</ETag><Size>1700</Size></Contents>
    <CommonPrefixes><Prefix>orders/2026/</Prefix></CommonPrefixes><NextContinuationToken>abc=</NextContinuationToken></ListBucketResult>`)
  assert.deepEqual(page, {
    objects: [{ key: 'orders/a.json', bytes: 1700, etag: '0123-2', modifiedAt: Date.UTC(2026, 10, 23, 6, 28, 30) }],
    folders: ['orders/2026/'],
    next: 'abc=',
  })
})

test('keys are decoded: entities, and URL encoding only where the answer says so', () => {
  const entry = (key: string): string => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`
  const plain = listPage(
    `<ListBucketResult>${entry('a&amp;b &#34;c&#x22; %41+')}<IsTruncated>false</IsTruncated></ListBucketResult>`,
  )
  assert.equal(plain?.objects[0]?.key, 'a&b "c" %41+')
  const encoded = listPage(
    `<ListBucketResult><EncodingType>url</EncodingType>${entry('a%26b+c%2B%F0%9F%8E%88')}</ListBucketResult>`,
  )
  assert.equal(encoded?.objects[0]?.key, 'a&b c+🎈')
})

test('the last page has no next one, even when a token is sent', () => {
  assert.equal(
    listPage(
      '<ListBucketResult><IsTruncated>false</IsTruncated><NextContinuationToken>x</NextContinuationToken></ListBucketResult>',
    )?.next,
    undefined,
  )
})

test('what is no listing is not taken for an empty one', () => {
  assert.equal(listPage('<html><body>Welcome</body></html>'), undefined)
  assert.equal(bucketNames('<html></html>'), undefined)
})

test('buckets, open uploads and errors are read', () => {
  assert.deepEqual(
    bucketNames(
      '<ListAllMyBucketsResult><Owner><ID>x</ID></Owner><Buckets><Bucket><Name>a</Name></Bucket><Bucket><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>',
    ),
    ['a', 'b'],
  )
  assert.deepEqual(
    openUploads(
      '<ListMultipartUploadsResult><Upload><Key>k&amp;1</Key><UploadId>u</UploadId></Upload></ListMultipartUploadsResult>',
    ),
    [{ key: 'k&1', uploadId: 'u' }],
  )
  assert.deepEqual(errorIn('<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>'), {
    code: 'AuthorizationHeaderMalformed',
    region: 'eu-west-1',
  })
  assert.equal(errorIn('<CopyObjectResult><ETag>x</ETag></CopyObjectResult>'), undefined)
})
