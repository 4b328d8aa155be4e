import type { ProductRules } from "../../../schemas/product.ts";
import type { Attempt } from "../../deliveries/delivery.ts";

export type Advice = { title: string; says: string; todo: string };

const tls = "Renew or mend the certificate, with its whole chain, and check it from outside your network.";

/** What an attempt's outcome means and what to do about it; undefined where it was delivered. */
export function adviceFor({ outcome, response, error, request }: Attempt, { name, delivery }: ProductRules): Advice | undefined {
  if (outcome === "succeeded") return undefined;
  if (!response) return withoutAnswer(error?.code ?? "", error?.message ?? "", delivery.timeout_seconds);
  const { status } = response;
  const title = `Answered ${status}.`;
  if (status < 300)
    return {
      title,
      says: `${name} counts ${delivery.success.join(" and ")} as delivered, and this was something else.`,
      todo: `Answer ${delivery.success[0] === "2xx" ? "200" : delivery.success[0]} once you have the event.`,
    };
  if (status < 400) {
    const to = response.headers.location;
    return {
      title,
      says: `The endpoint redirects${to ? ` to ${to}` : ""}, and redirects are not followed: a signed event goes where you said and nowhere else.`,
      todo: "Change the webhook’s URL to the address it should go to.",
    };
  }
  switch (status) {
    case 401:
    case 403:
      return {
        title,
        says: "The endpoint, or something in front of it, wants to know who is calling.",
        todo: "Let these requests through without a sign-in and check their signature instead. A firewall or bot protection may need an exception.",
      };
    case 404:
      return {
        title,
        says: "There is nothing at this path.",
        todo: `Check the path of ${request.url}, and that the newest version of your service is running.`,
      };
    case 405:
      return {
        title,
        says: "The path is there but takes no POST.",
        todo: "Accept POST at this path, or point the webhook to the one that does.",
      };
    case 410:
      return {
        title,
        says: "410 Gone means that the receiver wants no more: the webhook was unsubscribed.",
        todo: "Turn the automation on again in the app, or add the webhook anew.",
      };
    case 413:
      return {
        title,
        says: "The event is larger than the endpoint takes.",
        todo: "Raise the limit on request bodies; 1 MB is the most we send.",
      };
    case 415:
      return { title, says: "The endpoint doesn’t take JSON.", todo: "Accept the content type application/json." };
    case 429:
      return {
        title,
        says: "The endpoint asked us to slow down, so the webhook’s other deliveries wait as well. That isn’t counted as failing.",
        todo: "Nothing, if it recovers by itself. Otherwise raise its rate limit.",
      };
  }
  return status >= 500
    ? {
        title,
        says: "Something went wrong inside the endpoint.",
        todo: "Look into its log at this time. Answer first and do the work afterwards, so that slow work can’t fail a delivery.",
      }
    : { title, says: "The endpoint refused the request.", todo: "Read its answer below; it may say what it missed." };
}

function withoutAnswer(code: string, message: string, timeoutSeconds: number): Advice {
  switch (code) {
    case "TIMEOUT":
      return {
        title: "No response.",
        says: `We waited ${timeoutSeconds} seconds after sending and then hung up.`,
        todo: "Answer first and do the work afterwards. If your endpoint did finish, it will see this event again: use webhook-id to ignore repeats.",
      };
    case "ECONNREFUSED":
      return {
        title: "Connection refused.",
        says: "The host is there, but nothing listens on that port.",
        todo: "Start the service, or check the port in the webhook’s URL.",
      };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return {
        title: "Host not found.",
        says: "The name doesn’t resolve to an address.",
        todo: "Check the spelling of the host, and its DNS records.",
      };
    case "ECONNRESET":
    case "UND_ERR_SOCKET":
      return {
        title: "Connection closed.",
        says: "The connection was closed before an answer came.",
        todo: "Look for a crash, a restart or a proxy that hangs up at this time.",
      };
    case "BODY_TOO_LARGE":
      return { title: "Not sent.", says: message, todo: "Trying again can’t help. Fetch the record from the API instead." };
  }
  if (code.startsWith("BLOCKED") || message.startsWith("Blocked"))
    return {
      title: "Blocked.",
      says: `${message}. Webhooks go to public addresses only.`,
      todo: "Point the webhook to an address that the internet can reach.",
    };
  if (/CERT|TLS|SSL|SIGNED|ISSUER|SIGNATURE|EPROTO/.test(code)) return { title: "No secure connection.", says: `${message}.`, todo: tls };
  return { title: "No connection.", says: `${message}.`, todo: "Check that the address can be reached from the internet." };
}
