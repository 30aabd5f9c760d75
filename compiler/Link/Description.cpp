// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/Description.h"

#include "compiler/Link/Api.h"
#include "compiler/Link/Image.h"
#include "compiler/Support/Error.h"
#include "compiler/Target/Object.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

namespace tfc {
namespace {

/// Builds the C structures of abi.h as constants, field by field in their order: the layout rules
/// of C and of LLVM's structures are the same.
class Builder {
public:
  Builder(const LibraryDescription &library, llvm::Module &module)
      : library(library), module(module), context(module.getContext()),
        pointer(llvm::PointerType::getUnqual(context)) {}

  /// The string that was given with a NUL inside, or an empty one: users would see only its
  /// beginning.
  llvm::StringRef cutString() const { return cut; }

  void build() {
    llvm::GlobalVariable *root = makeLibrary();
    makeNoteOf(root);
    makeNoteAbout();
    for (const ApiFunction &function : apiFunctions(library))
      makeForwarder(function, root);
  }

private:
  llvm::Constant *integer(unsigned bits, uint64_t value) {
    return llvm::ConstantInt::get(llvm::IntegerType::get(context, bits), value);
  }
  llvm::Constant *i32(uint64_t value) { return integer(32, value); }
  llvm::Constant *i64(uint64_t value) { return integer(64, value); }
  llvm::Constant *null() { return llvm::ConstantPointerNull::get(pointer); }
  llvm::Constant *structure(llvm::ArrayRef<llvm::Constant *> fields) {
    return llvm::ConstantStruct::getAnon(context, fields);
  }

  llvm::GlobalVariable *constant(llvm::Constant *value, llvm::StringRef part) {
    return new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                    llvm::GlobalValue::InternalLinkage, value,
                                    library.name + "." + part);
  }
  llvm::Constant *array(llvm::ArrayRef<llvm::Constant *> elements, llvm::StringRef part) {
    if (elements.empty())
      return null();
    auto *type = llvm::ArrayType::get(elements.front()->getType(), elements.size());
    return constant(llvm::ConstantArray::get(type, elements), part);
  }
  llvm::Constant *text(llvm::StringRef characters) {
    if (characters.contains('\0'))
      cut = characters;
    llvm::GlobalVariable *variable =
        constant(llvm::ConstantDataArray::getString(context, characters), "text");
    variable->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
    return variable;
  }

  llvm::Constant *values(llvm::ArrayRef<ValueDescription> values, llvm::StringRef part) {
    llvm::SmallVector<llvm::Constant *> rows;
    for (const ValueDescription &value : values) {
      auto *reserved = llvm::ConstantAggregateZero::get(
          llvm::ArrayType::get(llvm::Type::getInt8Ty(context), sizeof(tfc_value::reserved)));
      rows.push_back(structure({text(value.name), integer(8, value.type), integer(8, value.area),
                                integer(8, value.optional), integer(8, value.scalar),
                                integer(8, value.sourceKeys), integer(8, value.largest.has_value()),
                                reserved, i64(value.offset), i64(value.width), i64(value.limit),
                                i64(value.largest.value_or(0)),
                                value.formula.empty() ? null() : text(value.formula)}));
    }
    return array(rows, part);
  }

  llvm::Constant *entries() {
    llvm::SmallVector<llvm::Constant *> rows;
    for (const EntryDescription &entry : library.entries) {
      llvm::SmallVector<llvm::Constant *> areas;
      for (int64_t bytes : entry.areaBytes)
        areas.push_back(i64(bytes));
      auto *areaBytes = llvm::ConstantArray::get(
          llvm::ArrayType::get(llvm::Type::getInt64Ty(context), areas.size()), areas);
      rows.push_back(structure({text(entry.name), values(entry.inputs, "inputs"),
                                values(entry.outputs, "outputs"), i32(entry.inputs.size()),
                                i32(entry.outputs.size()), i32(entry.kind), i32(0), areaBytes}));
    }
    return array(rows, "entries");
  }

  llvm::Constant *variants() {
    auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer, pointer}, false);
    llvm::SmallVector<llvm::Constant *> rows;
    for (const VariantDescription &variant : library.variants) {
      llvm::SmallVector<llvm::Constant *> functions;
      for (const std::string &symbol : variant.functions)
        functions.push_back(hidden(
            llvm::cast<llvm::Function>(module.getOrInsertFunction(symbol, type).getCallee())));
      rows.push_back(structure({text(variant.name), i32(variant.level), i32(variant.needs),
                                array(functions, "functions"), i64(variant.scratchBytes),
                                i64(variant.scratchBytesPerToken)}));
    }
    return array(rows, "variants");
  }

  llvm::Constant *labels() {
    llvm::SmallVector<llvm::Constant *> rows;
    for (const std::string &label : library.labels)
      rows.push_back(text(label));
    return array(rows, "labels");
  }

  llvm::Constant *generation() {
    if (library.generation.empty())
      return null();
    llvm::SmallVector<llvm::Constant *> fields;
    for (const GenerationField &field : library.generation) {
      if (auto *number = std::get_if<int64_t>(&field)) {
        fields.push_back(i64(uint64_t(*number)));
      } else if (auto *real = std::get_if<double>(&field)) {
        fields.push_back(llvm::ConstantFP::get(llvm::Type::getDoubleTy(context), *real));
      } else {
        llvm::SmallVector<llvm::Constant *> ids;
        for (int32_t id : std::get<std::vector<int32_t>>(field))
          ids.push_back(i32(uint32_t(id)));
        fields.push_back(array(ids, "ids"));
        fields.push_back(i64(ids.size()));
      }
    }
    return constant(structure(fields), "generation");
  }

  llvm::Constant *pagePieces() {
    llvm::SmallVector<llvm::Constant *> pieces;
    for (const tfc_page_piece &piece : library.pagePieces)
      pieces.push_back(structure({i64(piece.offset), i64(piece.heads), i64(piece.head_bytes)}));
    if (!pieces.empty())
      pieces.push_back(structure({i64(library.pageBytes), i64(0), i64(0)}));
    return array(pieces, "page_pieces");
  }

  /// Room for the weights without bytes, which LLVM's constants have no word for. On a page of its
  /// own and no more: both the object and the linked image are padded to the alignment of a section
  /// even where that has no bytes.
  llvm::Constant *weights() {
    if (!library.weightsBytes)
      return null();
    const std::string symbol = library.name + ".weights";
    std::string assembly;
    llvm::raw_string_ostream(assembly)
        << ".section " << weightsSection << ",\"" << architectureOf(library).weightsFlags
        << "\",@nobits\n.balign 4096\n.globl " << symbol << "\n.hidden " << symbol << "\n.type "
        << symbol << ", @object\n.size " << symbol << ", " << library.weightsBytes << '\n'
        << symbol << ":\n.zero " << reservedForWeights(library.weightsBytes) << '\n';
    module.appendModuleInlineAsm(assembly);
    return hidden(new llvm::GlobalVariable(module, llvm::Type::getInt8Ty(context), true,
                                           llvm::GlobalValue::ExternalLinkage, nullptr, symbol));
  }

  llvm::Constant *tables(llvm::ArrayRef<char> bytes, llvm::StringRef part) {
    if (bytes.empty())
      return null();
    llvm::GlobalVariable *blob =
        constant(llvm::ConstantDataArray::getString(context, {bytes.data(), bytes.size()},
                                                    /*AddNull=*/false),
                 part);
    blob->setAlignment(llvm::Align(64));
    return blob;
  }

  static llvm::GlobalValue *hidden(llvm::GlobalValue *value) {
    value->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return value;
  }

  /// Its weights_hash is filled in when the weights have been written.
  llvm::GlobalVariable *makeLibrary() {
    return constant(structure({i32(TFC_ABI_VERSION),
                               i32(library.entries.size()),
                               i32(library.variants.size()),
                               i32(library.labels.size()),
                               text(library.name),
                               text(library.task),
                               entries(),
                               variants(),
                               labels(),
                               weights(),
                               /*weights_file=*/null(),
                               i64(library.weightsBytes),
                               /*weights_hash=*/i64(0),
                               tables(library.tokenizer, "tokenizer"),
                               i64(library.tokenizer.size()),
                               i64(library.maxSequence),
                               i64(library.maxBatch),
                               i64(library.pageBytes),
                               pagePieces(),
                               i64(library.pagePieces.size()),
                               i64(library.sourcePiece),
                               generation(),
                               tables(library.chat, "chat"),
                               i64(library.chat.size())}),
                    "library");
  }

  /// A note of tfc's: how many bytes its last fields have, its type, and these fields. `initialize`
  /// gets the note itself, since a field may count from there.
  void makeNote(uint32_t descriptionBytes, uint32_t noteType, llvm::ArrayRef<llvm::Type *> types,
                llvm::function_ref<std::vector<llvm::Constant *>(llvm::Constant *)> fields) {
    auto *name = llvm::ConstantDataArray::getString(context, "tfc");
    std::vector<llvm::Constant *> values = {i32(4), i32(descriptionBytes), i32(noteType), name};
    std::vector<llvm::Type *> all;
    for (llvm::Constant *value : values)
      all.push_back(value->getType());
    all.insert(all.end(), types.begin(), types.end());
    auto *type = llvm::StructType::get(context, all);
    auto *note = new llvm::GlobalVariable(module, type, true, llvm::GlobalValue::InternalLinkage,
                                          nullptr, library.name + ".note");
    llvm::append_range(values, fields(note));
    note->setInitializer(llvm::ConstantStruct::get(type, values));
    note->setSection(".note.tfc");
    note->setAlignment(llvm::Align(4));
  }

  void makeNoteOf(llvm::GlobalVariable *root) {
    llvm::Type *word = i32(0)->getType(), *number = i64(0)->getType();
    makeNote(16, 1, {word, word, number}, [&](llvm::Constant *note) {
      auto address = [&](llvm::Constant *value) {
        return llvm::ConstantExpr::getPtrToInt(value, number);
      };
      return std::vector<llvm::Constant *>{
          i32(TFC_ABI_VERSION), i32(0), llvm::ConstantExpr::getSub(address(root), address(note))};
    });
  }

  void makeNoteAbout() {
    if (library.about.empty())
      return;
    std::string padded = library.about;
    padded.resize(llvm::alignTo(padded.size(), 4));
    auto *text = llvm::ConstantDataArray::getString(context, padded, /*AddNull=*/false);
    makeNote(library.about.size(), 2, {text->getType()},
             [&](llvm::Constant *) { return std::vector<llvm::Constant *>{text}; });
  }

  llvm::Type *typeOf(ApiType type) {
    switch (type) {
    case ApiType::nothing:
      return llvm::Type::getVoidTy(context);
    case ApiType::pointer:
      return pointer;
    case ApiType::word:
      return llvm::Type::getInt32Ty(context);
    case ApiType::size:
      return llvm::Type::getInt64Ty(context);
    }
    llvm_unreachable("unknown type");
  }

  /// `<name>_x(…)` calls `tfc_x(…)`, with the library in front where that opens it.
  void makeForwarder(const ApiFunction &api, llvm::Constant *root) {
    llvm::SmallVector<llvm::Type *> parameters;
    for (ApiType type : api.parameterTypes())
      parameters.push_back(typeOf(type));
    llvm::Type *result = typeOf(api.resultType());
    auto *forwarder = llvm::Function::Create(llvm::FunctionType::get(result, parameters, false),
                                             llvm::GlobalValue::ExternalLinkage,
                                             library.name + "_" + api.name, module);
    if (api.opens)
      parameters.insert(parameters.begin(), pointer);
    llvm::FunctionCallee callee =
        module.getOrInsertFunction(api.runtime, llvm::FunctionType::get(result, parameters, false));
    hidden(llvm::cast<llvm::Function>(callee.getCallee()));

    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", forwarder));
    llvm::SmallVector<llvm::Value *> arguments;
    if (api.opens)
      arguments.push_back(root);
    for (llvm::Argument &argument : forwarder->args())
      arguments.push_back(&argument);
    llvm::CallInst *call = builder.CreateCall(callee, arguments);
    call->setTailCall();
    if (result->isVoidTy())
      builder.CreateRetVoid();
    else
      builder.CreateRet(call);
  }

  const LibraryDescription &library;
  llvm::Module &module;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;
  llvm::StringRef cut;
};

} // namespace

llvm::Expected<llvm::SmallVector<char, 0>> emitDescription(const LibraryDescription &library) {
  for (const VariantDescription &variant : library.variants)
    if (variant.functions.size() != library.entries.size())
      return llvm::createStringError("expected " + llvm::Twine(library.entries.size()) +
                                     " functions for " + variant.name + ", found " +
                                     llvm::Twine(variant.functions.size()));
  llvm::LLVMContext context;
  llvm::Module module(library.name, context);
  Builder builder(library, module);
  builder.build();
  if (llvm::StringRef name = builder.cutString(); !name.empty())
    return inputError("the name or label \"{}\" holds a NUL", name.str());
  std::string why;
  llvm::raw_string_ostream stream(why);
  if (llvm::verifyModule(module, &stream))
    return llvm::createStringError("the library's description is wrong: " + llvm::Twine(why));
  return emitObject(module, baseline(architectureOf(library)));
}

} // namespace tfc
