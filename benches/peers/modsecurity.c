/* Runs requests through libmodsecurity and prints the id of each that it would refuse.
 *
 * Reads frames made by modsecurity.py: numbers as four bytes, least first, each followed by its bytes:
 * id, method, URI, version, count of headers, each name and value, body. JSON is decoded before, so that
 * the peer is not charged for it. The response is an empty 200.
 *
 * usage: modsecurity CONFIGURATION FRAMES
 */
#include <modsecurity/modsecurity.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *frames;

static int number(uint32_t *value) {
  unsigned char bytes[4];
  if (fread(bytes, 1, 4, frames) != 4) return 0;
  *value = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
  return 1;
}

/* The next field, ended by a zero byte; NULL at the end of the file. */
static char *field(uint32_t *length) {
  if (!number(length)) return NULL;
  char *text = malloc(*length + 1);
  if (text == NULL || fread(text, 1, *length, frames) != *length) {
    fprintf(stderr, "a frame is cut\n");
    exit(1);
  }
  text[*length] = 0;
  return text;
}

static void silent(void *context, const void *message) {
  (void)context;
  (void)message;
}

static int refused(Transaction *transaction) {
  ModSecurityIntervention intervention = {200, 0, NULL, NULL, 0};
  msc_intervention(transaction, &intervention);
  int is = intervention.disruptive;
  free(intervention.url);
  free(intervention.log);
  return is;
}

static void headers(Transaction *transaction, uint32_t count) {
  for (uint32_t at = 0; at < count; at++) {
    uint32_t name_length, value_length;
    char *name = field(&name_length);
    char *value = field(&value_length);
    msc_add_n_request_header(transaction, (unsigned char *)name, name_length,
                             (unsigned char *)value, value_length);
    free(name);
    free(value);
  }
}

int main(int count, char **arguments) {
  if (count != 3 || (frames = fopen(arguments[2], "rb")) == NULL) {
    fprintf(stderr, "usage: modsecurity CONFIGURATION FRAMES\n");
    return 2;
  }
  ModSecurity *engine = msc_init();
  msc_set_log_cb(engine, silent);
  RulesSet *rules = msc_create_rules_set();
  const char *error = NULL;
  if (msc_rules_add_file(rules, arguments[1], &error) < 0) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  uint32_t length, header_count;
  char *id;
  while ((id = field(&length)) != NULL) {
    char *method = field(&length), *uri = field(&length), *version = field(&length);
    Transaction *transaction = msc_new_transaction(engine, rules, NULL);
    msc_process_connection(transaction, "198.51.100.1", 40000, "203.0.113.1", 80);
    msc_process_uri(transaction, uri, method, version);
    number(&header_count);
    headers(transaction, header_count);
    msc_process_request_headers(transaction);
    int is = refused(transaction);
    char *body = field(&length);
    if (!is) {
      if (length > 0) msc_append_request_body(transaction, (unsigned char *)body, length);
      msc_process_request_body(transaction);
      is = refused(transaction);
    }
    if (!is) {
      msc_add_response_header(transaction, (unsigned char *)"Content-Type", (unsigned char *)"text/html");
      msc_process_response_headers(transaction, 200, "HTTP/1.1");
      msc_process_response_body(transaction);
      is = refused(transaction);
    }
    msc_process_logging(transaction);
    msc_transaction_cleanup(transaction);
    if (is) puts(id);
    free(id);
    free(method);
    free(uri);
    free(version);
    free(body);
  }
  return 0;
}
