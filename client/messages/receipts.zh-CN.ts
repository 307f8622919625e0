/** Service receipts: what is said of one that does not count, and of its QR code. */
export const receiptsZh = {
  receipt_expiredTitle: '办事回执已过期',
  receipt_expiredText: '这张回执的评价期限已过。如需评价，请向办事单位索取新的回执，或拨打 {phone}。',
  receipt_revokedTitle: '办事回执已停用',
  receipt_revokedText: '签发这张回执的钥匙已停用，用它签发的回执都不再有效。请向办事单位索取新的回执，或拨打 {phone}。',
  receipts_fullTitle: '本项测评不再接受新的办事回执',
  receipts_fullText: '本项测评预计的办事回执数已经用完，这次无法评价，不是您的问题。如需反映意见，请拨打 {phone}。',
  qrLabel: '评价二维码，链接为 {link}',
}
