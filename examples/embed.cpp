// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How similar is the first sentence to each of the others? A compiled model inside of a C++
// program:
//
//     tfc path/to/minilm -o minilm.a                               writes minilm.a and minilm.h
//     c++ -std=c++17 -I. embed.cpp minilm.a -lm -lpthread -o embed nothing else is needed to run it
//     ./embed "A man is eating food." "A man eats something." "The girl is carrying a baby."
//
// With CMake, see CMakeLists.txt beside this file. The name of the archive is the prefix of
// everything in its header; for another name, replace `minilm`.
#include "minilm.h"

#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/// The model with one session. Statuses become exceptions, and handles are given back.
class Embedder {
public:
  Embedder() {
    char message[256] = "";
    minilm_model *opened = nullptr;
    if (minilm_open(&opened, message, sizeof message) != MINILM_OK)
      throw std::runtime_error(message);
    model.reset(opened);
    minilm_session *made = nullptr;
    if (minilm_session_create(opened, nullptr, &made, message, sizeof message) != MINILM_OK)
      throw std::runtime_error(message);
    session.reset(made);
  }

  /// One vector of MINILM_EMBEDDING_WIDTH numbers for each text, one behind the other. The texts
  /// are views with lengths: they may hold zeros and need none at their end.
  std::vector<float> embed(const std::vector<std::string> &texts) {
    std::vector<const char *> pointers;
    std::vector<size_t> lengths;
    for (const std::string &text : texts) {
      pointers.push_back(text.data());
      lengths.push_back(text.size());
    }
    std::vector<float> result(texts.size() * MINILM_EMBEDDING_WIDTH);
    if (minilm_embed(session.get(), pointers.data(), lengths.data(), texts.size(), result.data()) !=
        MINILM_OK)
      throw std::runtime_error(minilm_session_error(session.get()));
    return result;
  }

private:
  struct Close {
    void operator()(minilm_model *model) const { minilm_close(model); }
    void operator()(minilm_session *session) const { minilm_session_destroy(session); }
  };
  std::unique_ptr<minilm_model, Close> model;
  std::unique_ptr<minilm_session, Close> session;
};

/// The cosine of the angle between two vectors of MINILM_EMBEDDING_WIDTH numbers.
double cosine(const float *a, const float *b) {
  constexpr auto width = MINILM_EMBEDDING_WIDTH;
  const double product = std::inner_product(a, a + width, b, 0.0);
  return product / std::sqrt(std::inner_product(a, a + width, a, 0.0) *
                             std::inner_product(b, b + width, b, 0.0));
}

} // namespace

int main(int argc, char **argv) try {
  const std::vector<std::string> sentences(argv + (argc > 0), argv + argc);
  if (sentences.size() < 2) {
    std::fprintf(stderr, "usage: %s SENTENCE SENTENCE…\n", argc ? argv[0] : "embed");
    return 2;
  }
  const std::vector<float> embeddings = Embedder().embed(sentences);
  for (size_t i = 1; i < sentences.size(); ++i)
    std::printf("%.4f  %s\n",
                cosine(embeddings.data(), embeddings.data() + i * MINILM_EMBEDDING_WIDTH),
                sentences[i].c_str());
  return 0;
} catch (const std::exception &error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
