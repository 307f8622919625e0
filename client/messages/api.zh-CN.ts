export const apiZh = {
  title: '程序接口',
  intro:
    '供其他系统读取测评进度和已公布的结果，登记办件：取得评价凭证，或者由办公室邀请办事人。所有地址以 {base} 开头。',
  introDocument: '同样内容的 OpenAPI 3.1 文件：',
  keyHeading: '密钥',
  keyText:
    '密钥由办公室在“设置”中发放，只属于一个地区，只能做其权限写明的事，到期或停用后立即失效。请求头写 Authorization: Bearer 和密钥，不要写在网址里。下面的例子中，$BASE 是本站地址，$KEY 是密钥。',
  listsHeading: '列表',
  listsText:
    'limit 为 1 至 200，默认 50。没有取完时，响应头 Link 中 rel="next" 的地址是下一页；cursor 请原样使用。响应带 ETag，请求带 If-None-Match 而内容未变时返回 304。',
  problemsHeading: '错误',
  problemsText:
    '错误为 application/problem+json（RFC 9457）：code 是不变的代码，title 按 Accept-Language 为中文或英文，errors 列出每个有误的项。429 和 503 请等 Retry-After 秒后重试。',
  idempotencyHeading: '重复的请求',
  idempotencyText:
    '登记办件的请求必须带 Idempotency-Key：16 至 128 个字符，每个新请求随机产生一个。没有收到响应时用同一个再发，得到同样的结果，不会多登记；同一个用于别的内容会被拒绝。记住 30 天。',
  webhooksHeading: '通知',
  webhooksText:
    '办公室可以登记接收通知的地址。通知按 Standard Webhooks 签名（webhook-id、webhook-timestamp、webhook-signature），只写发生了什么，不含任何评价、意见或凭证；请用接口读取内容。同一通知可能到达不止一次，webhook-id 不变。返回 2xx 表示收到；否则在 5 秒、5 分钟、30 分钟、2 小时、5 小时、10 小时和 24 小时后重试。',
  webhooksEvents: '通知的种类：{events}',
  operationsHeading: '操作',
  opens: '权限',
  parameters: '参数',
  body: '请求内容',
  answers: '响应内容',
  refusals: '可能的错误代码',
  fieldRequired: '必填',
  example: '例子',
  codesHeading: '全部错误代码',
  code: '代码',
  status: '状态',
  meaning: '含义',
  fieldName: '名称',
  fieldType: '类型',
  operations: {
    organs: '本地区的单位',
    cycles: '年度周期',
    surveys: '一个周期的测评：状态、起止时间和已参加人数',
    results: '一个周期已公布的全部数值，附来源和指纹',
    indicator: '一个周期各单位的满意度指标，附来源和指纹，供已有的考核系统采用',
    publications: '已公布的结果和公示文件的地址',
    services: '登记办件，每件取得一个只能评价一次的凭证',
    invitations: '登记办件，由办公室邀请办事人：进入名册，不返回凭证；同一件再报一次，什么也不变',
  },
  fault_unknown: '没有这个代码',
  fault_cursor: '这个 cursor 不能用，请从第一页重新取',
  fault_requestKey: '请加上 Idempotency-Key：16 至 128 个字符，每个新请求随机产生',
}
