import { phraseList } from './phrase-pattern.js';

/**
 * Words of other widely written languages that claim something for whoever asks. Possessives that are an English word, a name or
 * an abbreviation too (`ma`, `mi`, `mia`) count beside what a person has with a service only.
 */
export const ownElsewhere: readonly string[] = phraseList(`
  mein, meine, meinen, meinem, meiner, meines, unser, unsere, unseren, unserem, unserer, habe ich, bin ich,
  mon … commande*, ma … commande*, mes … commande*, mon … compte*, mon … solde*, mon … abonnement*, ma … facture*,
  mes … facture*, mon … paiement*, mon … colis, ma … livraison*, ma … réservation*, mes … réservation*, mon … rendez-vous, ai-je,
  mi … pedido*, mis … pedido*, mi … cuenta*, mi … saldo*, mi … suscripción*, mi … factura*, mis … factura*, mi … pago*,
  mi … paquete*, mi … envío*, mi … reserva*, mi … cita*, nuestro … pedido*, tengo, debo,
  mio … ordine*, mio … conto, mio … saldo, mio … abbonamento*, mia … fattura*, mie … fatture, mio … pagamento*, mio … pacco,
  mia … prenotazione*, meu, minha, meus, minhas, nosso, nossa, mijn, mój, moja, moje, mojego, mojej,
  мой, моя, моё, мое, мои, моего, моей, моих, моём, моем, benim, bizim`);

/** Words of the same languages that tie a question to these days. */
export const timeElsewhere: readonly string[] = phraseList(`
  heute, gestern, morgen, jetzt, aktuell, aktuelle, aktueller, aktuelles, aktuellen, das wetter, nachrichten,
  aujourd'hui, demain, maintenant, actuellement, actuel, actuelle, météo, hoy, mañana, ayer, ahora, actualmente, noticias,
  oggi, domani, ieri, adesso, attualmente, notizie, hoje, amanhã, ontem, agora, atualmente, vandaag, gisteren,
  dzisiaj, dziś, jutro, wczoraj, teraz, сегодня, завтра, вчера, сейчас, погода, новости, bugün, yarın, dün, şimdi`);
