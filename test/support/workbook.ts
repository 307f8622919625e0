import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'

/** A cell as a spreadsheet saves it; a date is its serial number, a formula has the value that was saved with it. */
export type SheetCell =
  | string
  | number
  | boolean
  | null
  | { readonly date: number }
  | { readonly error: string }
  | { readonly formula: string; readonly value: string }
  | { readonly formula: string; readonly text: string | null }

/** The bytes of an .xlsx file with these rows in its first sheet. */
export function workbook(rows: readonly (readonly SheetCell[])[]): Uint8Array {
  const lines = rows.map((row, y) => {
    const cells = row.map((cell, x) => cellXml(`${String.fromCharCode(65 + x)}${y + 1}`, cell))
    return `<row r="${y + 1}">${cells.join('')}</row>`
  })
  return workbookOf(`<sheetData>${lines.join('')}</sheetData>`)
}

/** The bytes of an .xlsx file whose first sheet holds this XML; its style 1 is a date. */
export function workbookOf(sheet: string): Uint8Array {
  const office = 'http://schemas.openxmlformats.org'
  const part = (type: string) => `${office}/officeDocument/2006/relationships/${type}`
  const files = {
    '[Content_Types].xml': `<Types xmlns="${office}/package/2006/content-types"/>`,
    'xl/workbook.xml': `<workbook xmlns="${office}/spreadsheetml/2006/main" xmlns:r="${part('').slice(0, -1)}"><sheets><sheet name="一" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${office}/package/2006/relationships"><Relationship Id="rId1" Type="${part('worksheet')}" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${part('styles')}" Target="styles.xml"/></Relationships>`,
    'xl/styles.xml': `<styleSheet xmlns="${office}/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${office}/spreadsheetml/2006/main">${sheet}</worksheet>`,
  }
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, xml]) => [name, strToU8(xml)])))
}

/** The same workbook with other cells in one of its sheets, counted from 1; each must hold something already. */
export function edited(book: Uint8Array, sheet: number, cells: Readonly<Record<string, SheetCell>>): Uint8Array {
  const files = unzipSync(book)
  const path = `xl/worksheets/sheet${sheet}.xml`
  let xml = strFromU8(files[path]!)
  for (const [place, cell] of Object.entries(cells)) {
    const old = new RegExp(`<c r="${place}"(?:[^>]*/>|.*?</c>)`, 's').exec(xml)
    if (!old) throw new Error(`There is no cell ${place}`)
    xml = xml.replace(old[0], () => cellXml(place, cell))
  }
  return zipSync({ ...files, [path]: strToU8(xml) })
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function cellXml(r: string, cell: SheetCell): string {
  if (cell === null) return ''
  if (typeof cell === 'string') return `<c r="${r}" t="inlineStr"><is><t>${escaped(cell)}</t></is></c>`
  if (typeof cell === 'number') return `<c r="${r}"><v>${cell}</v></c>`
  if (typeof cell === 'boolean') return `<c r="${r}" t="b"><v>${cell ? 1 : 0}</v></c>`
  if ('date' in cell) return `<c r="${r}" s="1"><v>${cell.date}</v></c>`
  if ('error' in cell) return `<c r="${r}" t="e"><v>${cell.error}</v></c>`
  const formula = `<f>${escaped(cell.formula)}</f>`
  if ('value' in cell) return `<c r="${r}">${formula}<v>${cell.value}</v></c>`
  return `<c r="${r}" t="str">${formula}${cell.text === null ? '' : `<v>${escaped(cell.text)}</v>`}</c>`
}
