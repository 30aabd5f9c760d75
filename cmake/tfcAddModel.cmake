# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# tfc_add_model(<name> <model> [OPTIONS <option>...] [DEPENDS <file>...])
#
# Compiles a Hugging Face folder or a .mlir file while the project is built. What links the target <name> can include
# <name>.h and has the model inside of it:
#
#   tfc_add_model(minilm path/to/all-MiniLM-L6-v2 OPTIONS --cpu=x86-64-v3,x86-64)
#   target_link_libraries(app PRIVATE minilm)
#
# OPTIONS go to tfc. The model is compiled anew when a file of the folder changes, or tfc does; DEPENDS names more files,
# such as the weights of a .mlir file.
function(tfc_add_model name model)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "OPTIONS;DEPENDS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tfc_add_model(${name}): expected OPTIONS or DEPENDS, found ${arg_UNPARSED_ARGUMENTS}")
  endif()
  cmake_path(ABSOLUTE_PATH model NORMALIZE)
  set(files ${model})
  if(IS_DIRECTORY ${model})
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${model}/*)
    list(FILTER files EXCLUDE REGEX "/[.]git/")
  elseif(NOT EXISTS ${model})
    message(FATAL_ERROR "tfc_add_model(${name}): no such file or folder: ${model}")
  endif()

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name}.tfc)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${folder}/${name}.a ${folder}/${name}.h
    COMMAND tfc::tfc ${model} -o ${folder}/${name}.a ${arg_OPTIONS}
    DEPENDS tfc::tfc ${files} ${arg_DEPENDS}
    COMMENT "Compiling the model ${name}" VERBATIM)
  add_custom_target(${name}-model DEPENDS ${folder}/${name}.a ${folder}/${name}.h)

  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}-model)
  target_include_directories(${name} INTERFACE ${folder})
  target_link_libraries(${name} INTERFACE ${folder}/${name}.a Threads::Threads m)
endfunction()
