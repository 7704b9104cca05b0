/** What lists write to people, in Japanese. */
import type { Texts } from './texts.ts'

export const ja: Texts = {
  date: '{year}年{month}月{day}日({weekday}) {time} UTC',
  signature: 'このメーリングリストについてのお問い合わせ: {owner}',
  confirmSubscribeSubject: '「{title}」への登録の確認',
  confirmLeaveSubject: '「{title}」からの退会の確認',
  confirmSubscribe:
    'メールアドレス {address} を次のメーリングリストに登録する申し込みがありました（おそらくご本人によるものです）。',
  confirmLeave:
    'メールアドレス {address} を次のメーリングリストから削除する申し込みがありました（おそらくご本人によるものです）。',
  confirmByAnswer: '確認するには、このメールにそのまま返信してください。本文には何も書く必要はありません。',
  confirmByPage: 'または、次のページを開いてボタンを押してください。',
  confirmThenOwner: 'そのあと、リストの管理者が登録の可否を決めます。',
  confirmElseNotSubscribed: '心当たりがない場合は、何もしないでください。返信がなければ登録されません。',
  confirmElseStays: '心当たりがない場合は、何もしないでください。返信がなければ登録はそのまま続きます。',
  requestEnds: 'この申し込みの期限は {date} です。',
  welcomeSubject: '「{title}」へようこそ',
  welcome: 'メールアドレス {address} を次のメーリングリストに登録しました。',
  welcomePosting: '{list} 宛てのメールは、登録者全員に届きます。',
  welcomeLeaving:
    '退会するには、このアドレスから {unsubscribe} にメールを送るか、各投稿に付いているリンクを使ってください。',
  goodbyeSubject: '「{title}」を退会しました',
  goodbye: 'メールアドレス {address} を次のメーリングリストから削除しました。',
  goodbyeBack: '再び登録するには、{subscribe} にメールを送ってください。',
  alreadySubject: '「{title}」にはすでに登録されています',
  already:
    '{address} を {named} に登録する申し込みがありましたが、このアドレスはすでに登録されています。変更はありません。',
  notSubscribedSubject: '「{title}」には登録されていません',
  notSubscribed:
    '{address} を {named} から削除する申し込みがありましたが、このアドレスは登録されていません。変更はありません。',
  notSubscribedOther:
    'それでも投稿が届く場合は、転送元の別のアドレスが登録されています。そのアドレスから申し込むか、各投稿に付いているリンクを使ってください。',
  yourSubscriptionSubject: '「{title}」への登録について',
  denied: '{named} の管理者は、アドレス {address} を登録しないことにしました。',
  helpSubject: 'メーリングリスト「{title}」について',
  helpClosed: 'このリストへの登録は管理者が行います。',
  helpSubscribe: '登録する宛先: {subscribe}',
  helpLeave: '退会する宛先: {unsubscribe}',
  helpPost: '全員に投稿する宛先: {list}',
  helpOwner: '管理者への連絡先: {owner}',
  helpArchive: '過去の投稿: {archive}',
  helpFrom:
    'これらのメールは、登録または削除したいアドレスから送ってください。本文には何も書く必要はありません。',
  probe:
    'リスト {named} から {address} へのメールが繰り返し届きませんでした。{date} から配信を止めています。',
  probeReason: '最後の失敗は次のように伝えられました。',
  probeTrial:
    'このメールは試験のためのものです。これをお読みになれるなら、アドレスは再び使えます。何もしなくても、数日のうちに配信を再開します。',
  probeLeave: '退会する場合は、{unsubscribe} にメールを送ってください。',
  pageLeaveTitle: '「{title}」を退会しますか？',
  pageSubscribeTitle: '「{title}」に登録しますか？',
  pageLeave: 'アドレス {address} をメーリングリスト「{title}」({list}) から削除します。',
  pageSubscribe: 'アドレス {address} をメーリングリスト「{title}」({list}) に登録します。',
  pageLeaveButton: '退会する',
  pageSubscribeButton: '登録する',
  pageLeaveElse: '登録を続ける場合は、このページを閉じてください。',
  pageSubscribeElse: '心当たりがない場合は、このページを閉じてください。登録されません。',
  pageLeftTitle: '「{title}」を退会しました',
  pageLeft: 'アドレス {address} にはこのリストの投稿を送りません。すでに送信中の投稿は届くことがあります。',
  pageConfirmedTitle: 'アドレスを確認しました',
  pageConfirmed: '{address} の登録については「{title}」の管理者が決めます。結果はメールでお知らせします。',
  pageWelcomeTitle: '「{title}」へようこそ',
  pageWelcome: 'アドレス {address} を登録しました。投稿と退会の方法を書いたメールをお送りします。',
}
