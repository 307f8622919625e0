/** The report that somebody asked for a good rating. */
export const reportsZh = {
  reportLink: '有人要我给好评',
  reportTitle: '反映有人索要好评',
  reportIntro: '如果有人要求、暗示您给好评，看着您选，或者要看您的答卷，请在这里告诉我们。不影响您的评价。',
  reportOrgan: '哪个单位',
  reportChoose: '请选择',
  reportOrganRequired: '请选择一个单位',
  reportText: '发生了什么（选填）',
  reportTextHint: '不超过 500 字。请不要写您自己的姓名、电话或证件号。',
  reportTextLong: '文字超过 500 字，请删减',
  reportTextBad: '文字中有无法保存的字符，请删除后重试',
  reportStored:
    '保存的只有：单位、日期（只到天）和您写的文字。不保存您的评价、测评码、手机号和网络地址，与您的答卷分开存放，没有共同的编号。网络运营方的访问日志（地址、时间）依法另存。',
  reportReaders: '测评办公室能看到这些内容；被反映的单位看不到。结果公布 30 天后文字删除，只留数量。',
  reportReply: '这里不留联系方式，所以无法答复您。需要答复请拨打 {phone}。',
  reportSend: '提交反映',
  reportDoneTitle: '已收到您的反映',
  reportDoneText: '谢谢。请您仍按自己的感受评价。',
}
