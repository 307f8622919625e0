import type { ReceiptMessages } from './receipts.ts'

export const receiptsEn: ReceiptMessages = {
  receipt_expiredTitle: 'This receipt has expired',
  receipt_expiredText:
    'The time for rating this service is over. If you would like to rate it, ask the agency for a new receipt or call {phone}.',
  receipt_revokedTitle: 'This receipt is no longer valid',
  receipt_revokedText:
    'The key that signed this receipt was withdrawn, and with it every receipt it signed. Ask the agency for a new one, or call {phone}.',
  receipts_fullTitle: 'This survey takes no more receipts',
  receipts_fullText:
    'As many service receipts as this survey expects are in use, so this service cannot be rated. You did nothing wrong. To tell us something, call {phone}.',
  qrLabel: 'QR code for a rating; the link is {link}',
}
