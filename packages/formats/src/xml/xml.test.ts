import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '@leat/connector-kit'
import { openDecoder } from '../open-decoder.ts'
import { detect } from '../detect.ts'

/** Records of a document that arrives in pieces of so many bytes. */
async function read(text: string | Buffer, options: JsonObject = {}, piece = 7): Promise<unknown[]> {
  const bytes = Buffer.from(text)
  const decoder = await openDecoder(detect('a.xml', bytes, options), options, bytes)
  const lines: string[] = []
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
  }
  for await (const chunk of decoder.normalise(pieces())) lines.push(Buffer.from(chunk).toString())
  return lines
    .join('')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown)
}

const orders = `<?xml version="1.0"?><!-- a comment --><orders page="3"><meta><total>2</total></meta>
  <list><order id="1"><name>Ä &amp; B</name><qty>5</qty><code>007</code><tag>x</tag><tag>y</tag><empty/></order>
  <order id="2" type="x"><name><![CDATA[<raw>]]></name><price>1.50</price><paid>true</paid></order></list></orders>`

test('elements become objects: attributes, children, lists, texts, numbers', async () => {
  for (const piece of [1, 3, 1000])
    assert.deepEqual(await read(orders, { 'xml.xpath': '/orders/list/order' }, piece), [
      { '@id': 1, name: 'Ä & B', qty: 5, code: '007', tag: ['x', 'y'], empty: null },
      { '@id': 2, '@type': 'x', name: '<raw>', price: 1.5, paid: true },
    ])
})

test('paths: any depth, attributes, wildcards, the children of the root', async () => {
  assert.equal((await read(orders, { 'xml.xpath': '//order' })).length, 2)
  assert.deepEqual(await read(orders, { 'xml.xpath': "//order[@type='x']/price" }), [{ '#text': 1.5 }])
  assert.equal((await read(orders)).length, 2)
  assert.equal((await read(orders, { 'xml.xpath': '/*/list/*' })).length, 2)
})

test('additional values are copied into every record, wherever they stand', async () => {
  const found = await read(orders, { 'xml.xpath': '//order', 'xml.xpath.additional': '/orders/@page,//total' })
  assert.deepEqual(
    found.map((record) => [(record as JsonObject)['page'], (record as JsonObject)['total']]),
    [
      [3, 2],
      [3, 2],
    ],
  )
})

test('without coercion everything is a text', async () => {
  const [first] = await read(orders, { 'xml.xpath': '//order', 'scalar.coercion': false })
  assert.deepEqual([(first as JsonObject)['@id'], (first as JsonObject)['qty']], ['1', '5'])
})

test('latin1 is read as declared', async () => {
  const bytes = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a><b>gr\u00fcn</b></a>', 'latin1')
  assert.deepEqual(await read(bytes, { 'xml.xpath': '/a' }), [{ b: 'grün' }])
})

for (const [what, text] of [
  ['cut off', orders.slice(0, orders.indexOf('<price>'))],
  ['crossed', orders.replace('</list>', '</liste>')],
  ['with a document type', `<!DOCTYPE a [<!ENTITY e "x">]>${orders.slice(orders.indexOf('<orders'))}`],
] as const)
  test(`a document that is ${what} is a data fault`, async () => {
    await assert.rejects(read(text, { 'xml.xpath': '//order' }), { kind: 'data', code: 'xml.malformed' })
  })

test('a path that is not understood names its key', async () => {
  await assert.rejects(read(orders, { 'xml.xpath': 'count(//a)' }), { kind: 'config', field: 'xml.xpath' })
})

test('what never ends is refused after the records before it, without being held: elements in elements, one text, one comment', async () => {
  const good = '<list><o><a>1</a></o>'
  async function* endless(piece: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(good)
    // 200 MB: whoever holds on to it is told apart from who does not.
    for (let at = 0; at < 200; at++) yield Buffer.from(piece.repeat((1 << 20) / piece.length))
  }
  for (const [piece, why] of [
    ['<x a="1" >', /nested deeper than 500/],
    ['<o>texttext', /nested deeper than 500/],
    ['textmore', /goes on for more than/],
  ] as const) {
    const decoder = await openDecoder(
      detect('a.xml', Buffer.from(good), {}),
      { 'xml.xpath': '/list/o' },
      Buffer.from(good),
    )
    const records: string[] = []
    await assert.rejects(async () => {
      for await (const line of decoder.normalise(endless(piece))) records.push(Buffer.from(line).toString())
    }, why)
    assert.deepEqual(records, ['{"a":1}\n'])
  }
})
