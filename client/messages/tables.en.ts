import type { Translation } from './fill.ts'
import type { tablesZh } from './tables.zh-CN.ts'

export const tablesEn: Translation<typeof tablesZh> = {
  atRow: 'Row {row}: {text}',
  empty: 'The file is empty. Choose a table with something in it.',
  no_rows: 'Nothing stands below the first row. Fill in the rows under the heads and upload it again.',
  too_large: 'The file is larger than {limit} MB. Take out sheets and formatting that are not needed, or split it.',
  too_many_rows:
    'There are more than {limit} rows (empty ones count: delete those below). Split the file, or save it as CSV, at most {csvLimit} rows.',
  too_many_columns: 'The table has more than {limit} columns. Delete the ones on the right that are not needed.',
  old_workbook:
    'This is a workbook of the old kind (.xls), or one with a password. Take the password off and save it as .xlsx or CSV.',
  damaged_workbook:
    'The workbook cannot be opened. Open it in a spreadsheet, save it as .xlsx or CSV, and upload it again.',
  unpacks_too_large:
    'The workbook is too large once unpacked. Take out charts, sheets and empty formatting, or save it as CSV.',
  open_quote: 'A quotation mark is not closed. Close it, or take it out.',
  stray_quote: 'A quotation mark is out of place. Double it inside a text, or take it out.',
  too_many_fields: 'There are more cells than heads. Put a text with a comma or a semicolon into quotation marks.',
  cell_too_long: 'A cell has more than {limit} characters. Shorten it.',
  broken_text:
    'Some of the text cannot be read. Open the file in a spreadsheet, correct it, and save it as “CSV UTF-8” or .xlsx.',
  control_character: 'A control character hides in a cell. Delete the cell and type it again.',
  formula_without_value:
    'A formula has no result, or an error. Replace formulas by their values (copy, then “paste values”).',
}
