/** Words about tables that are read from files. */
export const tablesZh = {
  atRow: '第 {row} 行：{text}',
  empty: '文件是空的。请选择有内容的表格。',
  no_rows: '第一行以下没有内容。请在表头下面填写数据，再上传一次。',
  too_large: '文件超过 {limit} MB。请删去多余的工作表和格式，或分成几个文件。',
  too_many_rows:
    '表格超过 {limit} 行（空行也算，请删去下面的空行）。请分成几个文件，或另存为 CSV，最多 {csvLimit} 行。',
  too_many_columns: '表格超过 {limit} 栏。请删去右边用不到的栏。',
  old_workbook: '这是旧格式（.xls）或带密码的工作簿。请去掉密码，另存为 .xlsx 或 CSV。',
  damaged_workbook: '工作簿打不开。请在表格软件里打开，另存为 .xlsx 或 CSV，再上传一次。',
  unpacks_too_large: '工作簿解开后太大。请删去图表、多余的工作表和空白格式，或另存为 CSV。',
  open_quote: '引号没有结束。请补上引号，或去掉多余的引号。',
  stray_quote: '引号位置不对。文字里的引号要写成两个，或去掉引号。',
  too_many_fields: '比表头多出了栏。内容里有逗号、分号时，请把这一格放进引号。',
  cell_too_long: '有一格超过 {limit} 个字符。请缩短。',
  broken_text: '有读不出来的文字。请在表格软件里打开，改好后另存为“CSV UTF-8”或 .xlsx。',
  control_character: '有看不见的控制字符。请删去这一格，重新输入。',
  formula_without_value: '公式没有结果，或结果是错误。请把公式换成数值（复制后“选择性粘贴：数值”）。',
}
